/* The words of one language, and dates as the reader's own region writes them. */

/** Which catalogue a language has: English for what we do not speak; old pages that name none are Chinese.
 * @param {string} wanted */
const named = (wanted) =>
  wanted && !/^zh/i.test(wanted) ? ["en", "en"] : /-(tw|hk|mo|hant)/i.test(wanted) ? ["zh-TW", "tw"] : ["zh-CN", "zh"];

/** @type {M.Catalogue} */
export const catalogue = async (wanted, data, service) => {
  const [lang, name] = named(wanted || "");
  const file = new URL(`embed/static/texts.${name}.js`, service).href;
  /** @type {Record<string, string>} */
  const words = { ...(await import(file)).default };
  // These two may be said before the service has answered with the site's own words.
  for (const key of ["loading", "unloaded"]) words[key] = data[key] || words[key];
  const locale = navigator.languages.find((own) => named(own)[0] === lang && own.slice(0, 2) === lang.slice(0, 2)) || lang;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  return {
    lang,
    t: (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, slot) => String(values[slot])),
    say: (own) => Object.assign(words, own[lang]),
    word: (key, other) => words[key] || words[other],
    exact: (moment) => moment.toLocaleString(locale, { dateStyle: "long", timeStyle: "short" }),
    ago: (moment) => {
      const minutes = Math.min(0, Math.ceil((moment.getTime() - Date.now()) / 60000));
      if (!minutes) return words.now;
      if (minutes > -60) return relative.format(minutes, "minute");
      if (minutes > -1440) return relative.format(Math.ceil(minutes / 60), "hour");
      if (minutes > -10080) return relative.format(Math.ceil(minutes / 1440), "day");
      const year = moment.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
      return moment.toLocaleString(locale, { year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
    },
  };
};
