/** The shapes that the embed's modules share, kept out of what readers download (docs: the public API v1). */

declare namespace M {
  /** A public comment, or the reader's own (then with `status` and `reason`). */
  interface Comment {
    id: string;
    parent_id: string | null;
    reply_to?: Pick<Comment, "id" | "nickname"> | null;
    nickname: string | null;
    link: string | null;
    text: string | null;
    created_at: string;
    state?: string;
    reply_count?: number;
    replies?: Comment[];
    next_reply_cursor?: string | null;
    like_count?: number;
    edited_at?: string | null;
    is_verified?: boolean;
    status?: string;
    reason?: string | null;
    /** Laid in by the list: what the service tells its author, and the words that a reply answers. */
    mine?: Own;
    quote?: string | null;
  }
  /** The reader's own comment, and what he may do with it. */
  interface Own extends Comment {
    revision?: number;
    editable_until?: string | null;
    may_withdraw?: boolean;
    receipt?: { code: string; url: string };
    appeal?: string | null;
  }
  interface FormRules {
    mode: string;
    challenge: string;
    sign_in?: string;
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
    has_sound?: boolean;
    pow?: { challenge: Work } | null;
  }
  interface Receipt {
    comment_id: string;
    status: string;
    reason: string | null;
    created_at: string;
    receipt?: { code: string; url: string };
  }
  /** A failed call: `slug` of the problem type, or "offline", "unavailable". */
  interface Problem {
    slug: string;
    seconds: number;
    errors: { pointer?: string; code?: string }[];
    /** Of a challenge that is not enough: the kind that is. */
    challenge?: string;
  }
  interface Asking {
    query?: Record<string, unknown>;
    body?: object;
    /** Idempotency-Key. */
    key?: string;
    /** Tell who asks. */
    isMine?: boolean;
    /** Past the browser's cache. */
    isFresh?: boolean;
  }
  interface Work {
    parameters: { nonce: string; salt: string; cost: number; keyLength: number; keyPrefix: string };
    signature: string;
  }
  /** Ask the service under the site. */
  type Ask = (path: string, asking?: Asking) => Promise<any>;
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
  /** What forms and list need of their box. */
  interface Context {
    ask: Ask;
    texts: Texts;
    memory: Memory;
    rules: FormRules;
    address: { thread: string; thread_title?: string; thread_url?: string };
    isOpen: boolean;
    service: URL;
    /** What the portal calls the reader, where it signed him in. */
    signedIn: string;
    /** Comments that the reader likes. */
    liked: Set<string>;
    /** Shows the reader's own comment in place and asks for the list again. */
    posted(comment: Own): void;
    changed(withdrawn?: string): void;
  }
  type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
  interface Field {
    control: Control;
    element: HTMLElement;
    line: HTMLElement;
    /** Say what is wrong; nothing: all is well. */
    fault(words?: string): void;
    check(): void;
    used(): number;
    tooLong(): string;
    count(): void;
  }
  type Say = (tone: "" | "good" | "warn" | "bad", ...told: (string | Node)[]) => void;
  interface Form {
    element: HTMLElement;
    say: Say;
    failed(problem: Problem): void;
    hasFault(): boolean;
    focus(): void;
  }
  interface FormParts {
    /** By the pointer's name in a problem; the first gets the focus. */
    fields: Record<string, Field>;
    /** What stands in the form, with the row of buttons somewhere in it. */
    content(ends: HTMLElement): Child[];
    verb: string;
    /** Present where the form can be put away. */
    close?: () => void;
    hint?: string | false;
    kind?: string;
    /** Sends, and says how it went; what it throws is worded by the form. */
    send(): Promise<void>;
    /** Deals with a problem of its own. */
    deal?(problem: Problem): boolean;
  }
  interface ChallengeBox {
    element: HTMLElement;
    field: Field;
    begin(): void;
    /** Whether the reader has done his part. */
    ready(): Promise<boolean>;
    solution(): Promise<object>;
    again(wanted?: string): void;
    done(): void;
  }
  interface List {
    element: HTMLElement;
    show(roots: Comment[]): void;
    has(id: string): boolean;
    focus(id: string, isLinked?: boolean): void;
    tick(): void;
  }
  type Child = string | Node | null | undefined | false;
  /** Attributes (true: empty; false or null: none); functions are listeners. Strings become text, never markup. */
  type H = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    props?: Record<string, unknown> | null,
    ...children: Child[]
  ) => HTMLElementTagNameMap[K];

  type Connect = (service: URL, site: string, memory: Memory, portalToken: string) => Ask;
  type Remember = (site: string) => Memory;
  type Catalogue = (wanted: string | undefined, data: DOMStringMap, service: URL) => Promise<Texts>;
  type MakeField = (
    context: Context,
    parts: { control: Control; name: string; label: string; most?: number; isHidden?: boolean; isOptional?: boolean },
  ) => Field;
  type MakeForm = (context: Context, parts: FormParts) => Form;
  type MakeChallenge = (context: Context, isFocused: () => boolean, failed: (problem: Problem) => void) => ChallengeBox;
  /** `close` is present on a reply. */
  type MakeWriting = (context: Context, parent: Comment | null, close?: () => void) => Form;
  /** A form that opens below a comment. */
  type MakePanel = (context: Context, comment: Comment, close: () => void) => { element: HTMLElement; focus(): void };
  type MakeLike = (context: Context, comment: Comment, content: () => Node) => HTMLElement;
  type MakeList = (context: Context, moreReplies: (root: Comment) => void) => List;
  type Weave = (comments: Comment[], own: Own[], recent: Set<string>, sort: string) => Comment[];
  type Arrange = (parent: Element, nodes: Element[]) => void;
  /** What a box has asked for, and how it asks. */
  interface Begun {
    ask: Ask;
    memory: Memory;
    sort: string;
    first: Promise<Page>;
    /** Of the stylesheet. */
    href: string;
  }
  type Begin = (host: HTMLElement, root: ShadowRoot, service: URL) => Begun;
  type Show = (host: HTMLElement, root: ShadowRoot, texts: Texts, service: URL, begun: Begun) => () => void;
}

interface Window {
  Moderation?: {
    /** Put a box into `place`, instead of the one there; options are the data- attributes without "data-". */
    mount?(place: Element, options: DOMStringMap): HTMLElement;
    /** Fill every data-moderation-count of the page. */
    count?(): void;
  };
}
