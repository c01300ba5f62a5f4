/* The words of one language, and dates as the reader's own region writes them. */

/** @type {M.Catalogue} */
export const catalogue = async (wanted, data) => {
  const lang = /^en/i.test(wanted || "") ? "en" : "zh-CN";
  /** @type {Record<string, string>} */
  const words = { ...(await (lang === "en" ? import("./texts.en.js") : import("./texts.zh.js"))).default };
  // These two may be said before the service has answered with the site's own words.
  for (const key of ["loading", "unloaded"]) words[key] = data[key] || words[key];
  const locale = navigator.languages.find((own) => own.slice(0, 2) === lang.slice(0, 2)) || lang;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  return {
    lang,
    t: (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name])),
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
