/* What the desk's scripts share. They are plain scripts, loaded in order, without imports: an import could not carry the
 * hash of its file in its address, and browsers keep these files for a year. */

/** Something to be carried to the service. Kept in the browser until it is answered. */
interface Errand {
  id: string;
  act: "decide" | "hold" | "claim" | "undo";
  item: string;
  queue: string;
  revision?: string;
  ruling?: string;
  note?: string;
  group?: boolean;
  /** What an undo takes back; not known before the decision has been answered. */
  decision?: string;
  batch?: string;
  /** The errand whose decision an undo takes back. */
  of?: string;
  /** It may have arrived. */
  isTried?: boolean;
  isReclaimed?: boolean;
  faults?: number;
}
interface CardSent {
  id: string;
  revision: string;
  html: string;
}
interface Answer {
  cards: CardSent[];
  counts: Record<string, number>;
  today: number;
  /** What stands in the place of a card: sent where fewer cards came than were asked for. */
  none?: string;
  /** The line of the last decision: sent with what was taken back. */
  last?: string;
  at: string;
  lost: string[];
  decision?: string;
  decided?: string[];
  skipped?: number;
  left?: number;
  undone?: number;
}
interface Refusal {
  code: string;
  notice: string;
  again: boolean;
}
interface Item {
  id: string;
  revision: string;
  name: string;
  text: string;
  card: HTMLElement;
  context: HTMLElement | null;
  row: HTMLElement | null;
}
type Fields = Record<string, string | string[]>;

declare const courier: {
  root: string;
  newId(): string;
  held: () => Fields;
  changed: (unsent: Errand[], trouble: string) => void;
  answered: (errand: Errand, answer: Answer) => void;
  progress: (errand: Errand, answer: Answer) => void;
  refused: (errand: Errand, refusal: Refusal, answer?: Answer) => void;
  rename: (item: string, card: CardSent) => void;
  unsent(): Errand[];
  add(errand: Omit<Errand, "id">): Errand;
  drop(id: string): boolean;
  ask(path: string, fields: () => Fields, done: (answer: Answer) => void, failed?: (refusal: Refusal) => void): void;
  post(address: string, body: URLSearchParams): Promise<string>;
  renew(): void;
  release(ids: string[], at: string): void;
  run(): void;
};
declare const counts: {
  owed: (queue: string) => number;
  asked: () => void;
  show(lengths: Record<string, number>): void;
  left(queue: string): number;
  write(): void;
};
declare const told: {
  word(name: string, values?: Record<string, string | number>): string;
  say(text: string): void;
  notice(kind: string, text: string, isBad?: boolean): void;
  offerSignIn(kind: string): void;
  last(when: "just-now" | "undone", label: string, item: { name: string; text: string }, isUndoable: boolean): void;
  lastIs(html: string): void;
};
declare const context: { show(aside: HTMLElement | null): void };
declare const parts: {
  itemsOf(from: ParentNode): Item[];
  unpack(sent: CardSent): Item | undefined;
  setShown(item: Item, isShown: boolean): void;
  lay(item: Item): void;
  clear(item: Item): void;
};
