/** The shapes that the embed's modules share, kept out of what readers download (docs: the public API v1). */

declare namespace M {
  /** A public comment, or the reader's own (then with `status` and `reason`). */
  interface Comment {
    id: string;
    parent_id: string | null;
    reply_to?: { id: string; nickname: string | null } | null;
    nickname: string | null;
    link: string | null;
    text: string | null;
    created_at: string;
    state?: string;
    reply_count?: number;
    replies?: Comment[];
    next_reply_cursor?: string | null;
    status?: string;
    reason?: string | null;
  }
  interface FormRules {
    mode: string;
    challenge: string;
    max_text_chars: number;
    max_nickname_chars: number;
    /** The site's own texts, by language. */
    texts: Record<string, Record<string, string>>;
  }
  interface Page {
    thread: { key: string; count: number; is_open: boolean };
    form: FormRules;
    comments: Comment[];
    next_cursor: string | null;
  }
  interface Replies {
    comments: Comment[];
    next_cursor: string | null;
  }
  interface Challenge {
    id: string;
    image_url: string;
    width: number;
    height: number;
    expires_in_seconds: number;
  }
  interface Receipt {
    comment_id: string;
    status: string;
    reason: string | null;
    created_at: string;
  }
  /** A failed call: `slug` of the problem type, or "offline", "unavailable". */
  interface Problem {
    slug: string;
    seconds: number;
    errors: { pointer?: string; code?: string }[];
  }
  interface Asking {
    query?: Record<string, unknown>;
    body?: object;
    headers?: Record<string, string>;
    /** Past the browser's cache. */
    isFresh?: boolean;
  }
  interface Api {
    page(query: Record<string, unknown>, isFresh?: boolean): Promise<Page>;
    replies(id: string, cursor: string): Promise<Replies>;
    own(thread: string, token: string): Promise<Comment[]>;
    challenge(): Promise<Challenge>;
    post(body: object, key: string, token: string): Promise<Receipt>;
  }
  interface Memory {
    get(name: string): string;
    /** An empty value forgets. */
    set(name: string, value: string): void;
  }
  interface Texts {
    lang: string;
    /** Say it in the site's own words from now on. */
    say(own: Record<string, Record<string, string>>): void;
    /** The sentence of `key`, with {names} replaced. */
    t(key: string, values?: Record<string, string | number>): string;
    /** The sentence of a problem or reason; `other` when it has none. */
    word(key: string, other: string): string;
    exact(moment: Date): string;
    ago(moment: Date): string;
  }
  /** What form and list need of their box. */
  interface Context {
    api: Api;
    texts: Texts;
    memory: Memory;
    rules: FormRules;
    address: { thread: string; thread_title?: string; thread_url?: string };
    isOpen: boolean;
    /** Shows the reader's own comment in place and asks for the list again. */
    posted(comment: Comment): void;
  }
  interface Form {
    element: HTMLFormElement;
    focus(): void;
  }
  interface List {
    element: HTMLElement;
    show(roots: Comment[]): void;
    focus(id: string): void;
    tick(): void;
  }
  type Child = string | Node | null | undefined | false;
  /** Attributes (true: empty; false or null: none); functions are listeners. Strings become text, never markup. */
  type H = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    props?: Record<string, unknown> | null,
    ...children: Child[]
  ) => HTMLElementTagNameMap[K];

  type Connect = (service: URL, site: string) => Api;
  type Remember = (site: string) => Memory;
  type Catalogue = (wanted: string | undefined, data: DOMStringMap) => Promise<Texts>;
  /** `close` is present on a reply. */
  type MakeForm = (context: Context, parent: Comment | null, close?: () => void) => Form;
  type MakeList = (context: Context, moreReplies: (root: Comment) => void) => List;
  type Weave = (comments: Comment[], own: Comment[], recent: Set<string>, isNewestFirst: boolean) => Comment[];
  type Arrange = (parent: Element, nodes: Element[]) => void;
  type Show = (host: HTMLElement, root: ShadowRoot) => () => void;
}

interface Window {
  Moderation?: {
    /** Put a box into `place`, instead of the one there; options are the data- attributes without "data-". */
    mount?(place: Element, options: DOMStringMap): HTMLElement;
    /** Fill every data-moderation-count of the page. */
    count?(): void;
  };
}
