/** Flinks Reconnect: brings an end user back to a bank's question, so that a stored bank connection works again. */

/** Milliseconds since 1970, whole. */
export type Moment = number;

/** How a session took what it was told: something new, something known, too late, or nothing of its own. */
export type Heard = "took" | "knew" | "late" | "notOurs";

/** What to do about a refresh that failed. */
export type Recovery = "tryLater" | "startOver" | "askTheUser" | "actAtTheBank" | "fixTheSetup";

/** Why a refresh failed. */
export type Reason =
  | "refused" | "lapsed" | "outcomeUnknown" | "endedInWidget" | "gaveUp" | "unreachable" | "tooLarge" | "otherLogin"
  | "notRefreshed" | "cancelled";

/** The word for a fault of the network. */
export type FaultKind =
  | "timeout" | "connectTimeout" | "nameNotFound" | "refused" | "proxy" | "untrusted" | "tls" | "connect" | "reset"
  | "broken" | "tooLarge" | "headTooLarge" | "garbled" | "encoded";

/** A call that does not fit. The session is as it was before. The message holds nothing of what was given. */
export class ReconnectError extends Error {
  private constructor();
  /** A word for programs: the reference lists them under "Misuse". */
  readonly code: string;
  /** The field that is wrong, if one is. */
  readonly field: string | null;
}

/** No whole reply came. A `fetch` of your own may throw one. */
export class Fault extends Error {
  /** `sent` is false only if no byte of the request can have left. */
  constructor(kind: FaultKind, how: { sent: boolean });
  readonly kind: FaultKind;
  readonly sent: boolean;
}

/** Where the service is. */
export class Instance {
  private constructor();
  /** The instance with this name at Flinks, such as `toolbox`. `agent` is your program, as `my-app/1.0`. */
  static named(name: string, customerId: string, options?: { agent?: string }): Instance;
  /** An instance at these addresses, such as a sandbox. */
  static at(apiUrl: string, widgetUrl: string, customerId: string, options?: { agent?: string }): Instance;
}

/** The keys of an integration. Without the secret key no token is minted. */
export interface Keys {
  readonly secret?: string | null;
  /** The key of the data endpoints. */
  readonly api?: string | null;
}

/** The row of one session. Keep what is in it like a password. */
export interface Store {
  /** The snapshot; null if there is no row. */
  load(): string | null | undefined | Promise<string | null | undefined>;
  /** Writes the snapshot if the row has the revision `loaded`, or if there is no row and `loaded` is null. Returns whether
   * it did. If the row has an `id`, as `sessionId` reads it, the snapshot must have the same one: two sessions may have the
   * same revision. A row of version 1 has none. `checkStore` of `flinks-reconnect/testing` tests a store. */
  swap(loaded: number | null, snapshot: string): boolean | Promise<boolean>;
}

/** What you know of a connection. */
export interface Known {
  readonly loginId?: string;
  readonly lastSent?: Moment;
  readonly institution?: string;
  readonly language?: string;
  readonly tag?: string;
  readonly key?: string;
}

/** The reference lists the fields under "Policy". */
export type Policy = Readonly<Record<string, unknown>>;

export interface Options {
  /** The ids of the accounts that stay selected; all of them without it. */
  readonly keep?: Iterable<string> | null;
  readonly known?: Known | null;
  readonly policy?: Policy | null;
  /** The row of this session, if it is not the client's. */
  readonly store?: Store;
}

/** A request: to be sent once, with these headers and no others. A log of it shows no address, header or body. */
export interface Request {
  readonly id: number;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Uint8Array | null;
  /** The longest that the whole exchange may take, in milliseconds. */
  readonly limitMs: number;
  /** The longest body of a reply, in bytes. */
  readonly maxBody: number;
  /** Nobody may send it a second time. */
  readonly once: boolean;
}

export interface Send {
  readonly do: "send";
  readonly request: Request;
}

/** Nothing is to be done until this moment. */
export interface Wait {
  readonly do: "wait";
  readonly until: Moment;
}

/** Take another turn. */
export interface Turn {
  readonly do: "turn";
}

export interface Deadline {
  readonly at: Moment;
  readonly why: string;
}

/** One question of the bank. */
export interface Challenge {
  readonly type: string;
  readonly prompt: string;
  readonly choices: readonly string[];
}

/** The bank asks the end user: show the widget. `connectUrl` is for one showing. */
export interface Ask {
  readonly do: "ask";
  readonly requestId: string;
  readonly connectUrl: string;
  readonly challenges: readonly Challenge[];
  /** The last answer was wrong. */
  readonly wrong: boolean;
  readonly number: number;
  readonly shown: boolean;
  readonly ended: string | null;
  readonly tokenInvalid: number;
  readonly accountsLeftOut: boolean;
  readonly opensAgain: Moment | null;
  readonly left: boolean;
  readonly widgetError: string | null;
  readonly showing: "closed" | "ready" | "spent" | "refused";
  readonly assumed: boolean;
  readonly deadline: Deadline | null;
}

/** What is known of a refresh that succeeded. */
export interface Refreshed {
  readonly loginId: string | null;
  readonly requestId: string;
  readonly institution: string | null;
  readonly kept: readonly string[];
  readonly missing: readonly string[];
  readonly leftOut: number;
  readonly lastRefresh: Moment | null;
  readonly via: "live" | "cached";
  readonly narrowed: string;
  readonly namedOthers: boolean;
  readonly namedOtherRequest: boolean;
  readonly otherRequest: boolean;
  readonly reselect: boolean;
  readonly tokenInvalid: number;
  readonly unread: readonly string[];
  readonly unreadCount: number;
  readonly confirmed: boolean;
}

/** The refresh succeeded. The accounts are there once, and not in a session that was loaded after its end. */
export interface Done {
  readonly do: "done";
  readonly accounts: readonly Account[];
  readonly refreshed: Refreshed;
}

/** The session ended without data. `recovery` says what to do. */
export interface Failed {
  readonly do: "failed";
  readonly recovery: Recovery;
  readonly reason: Reason;
  /** With `tryLater`: not before this moment. */
  readonly notBefore: Moment | null;
  readonly message: string;
  readonly code: string | null;
  readonly status: number | null;
  readonly fault: FaultKind | null;
  readonly place: string | null;
  readonly guess: boolean;
  readonly loginId: string | null;
  readonly requestId: string | null;
  readonly resume: string | null;
  readonly otherLoginId: string | null;
  readonly tokenInvalid: number;
  readonly lastRefresh: Moment | null;
  readonly cachedMayFail: boolean;
  readonly startOver: { readonly institution: string | null; readonly language: string | null };
  readonly connectUrl: string | null;
}

export type Result = Ask | Done | Failed;
export type Work = Send | Wait | Turn | Result;

/** Where a session is. */
export interface Look {
  readonly stage: "authorizing" | "asking" | "looking" | "fetching" | "recalling" | "done";
  readonly deadline: Deadline | null;
  readonly revision: number;
  readonly loginId: string | null;
  readonly requestIds: readonly string[];
  readonly keep: readonly string[] | null;
  readonly withholds: boolean;
  readonly open: boolean;
}

/** A decimal number as text, digit for digit as the bank sent it. */
export type Amount = string;

export interface Balance {
  readonly current: Amount | null;
  readonly available: Amount | null;
  readonly limit: Amount | null;
}

export interface Transaction {
  readonly id: string | null;
  /** `YYYY-MM-DD`. */
  readonly date: string | null;
  readonly dateText: string | null;
  readonly description: string | null;
  readonly debit: Amount | null;
  readonly credit: Amount | null;
  readonly balance: Amount | null;
}

export interface Address {
  readonly civicAddress: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly postalCode: string | null;
  readonly poBox: string | null;
  readonly country: string | null;
}

export interface Holder {
  readonly name: string | null;
  readonly email: string | null;
  readonly phoneNumber: string | null;
  readonly address: Address | null;
}

export interface AccountFields {
  readonly id: string;
  readonly title: string | null;
  readonly accountNumber: string | null;
  readonly transitNumber: string | null;
  readonly institutionNumber: string | null;
  readonly lastFourDigits: string | null;
  readonly overdraftLimit: Amount | null;
  readonly balance: Balance;
  readonly category: string | null;
  readonly type: string | null;
  readonly currency: string | null;
  readonly accountType: string | null;
  readonly holder: Holder | null;
  readonly transactions: readonly Transaction[];
  readonly unreadTransactions: boolean;
  readonly eftEligibleRatio: Amount | null;
  readonly eTransferEligibleRatio: Amount | null;
  /** Each field without a name here, as the JSON text that came. */
  readonly other: Readonly<Record<string, string>>;
}

/** One account. A log of it shows nothing; `JSON.stringify` has all of it. */
export interface Account extends AccountFields {
  toJSON(): AccountFields;
}

/**
 * One refresh. It sends nothing: a `Client` does, or you do. `now` is in milliseconds since 1970; without it the session asks
 * its clock.
 */
export class Session {
  private constructor();
  /** Begins as the line `op` of `reconnect drive` does. The reference lists its fields. */
  static begin(
    op: "refresh" | "resume" | "resumeClaimed" | "restore",
    instance: Instance,
    keys: Keys,
    options?: { clock?: () => Moment; store?: Store; [field: string]: unknown },
  ): Session;
  /** A stored session. */
  static restore(
    snapshot: string, instance: Instance, keys: Keys, options?: { clock?: () => Moment; store?: Store },
  ): Session;
  /** What comes next, tried on a copy. Returns the snapshot that has to be stored before `take`, or null. */
  turn(now?: Moment): string | null;
  /** What to do, now that the snapshot is stored. */
  take(now?: Moment): Work;
  /** A whole reply. */
  receive(status: number, headers: Iterable<readonly [string, string]>, body: Uint8Array, now?: Moment): Heard;
  /** The head of a reply. Its body comes in pieces. */
  beginReply(status: number, headers: Iterable<readonly [string, string]>): void;
  /** The next bytes of the body. False: it is too large, so read no further, and end the reply. */
  append(piece: Uint8Array): boolean;
  /** The reply is whole. */
  endReply(now?: Moment): Heard;
  /** No whole reply came. `sent` is false only if no byte of the request can have left. */
  fault(kind: FaultKind, how: { sent: boolean }, now?: Moment): Heard;
  /** Nobody waits for the reply any more. */
  lost(now?: Moment): Heard;
  /** The widget's message, or the URL of its redirect. */
  returned(news: string | object, now?: Moment): Heard;
  /** The user's answers, if the policy lets MFA be answered through the API. They are for the prompt with this number;
   * with null, for the one that stands. */
  answer(number: number | null, answers: Readonly<Record<string, readonly string[]>>, now?: Moment): Heard;
  /** The widget is about to be shown: the next turns mint a token for one showing. */
  open(now?: Moment): Heard;
  /** A page shows the prompt, so its answer is given there. */
  shown(now?: Moment): Heard;
  /** This login, which the replies named, is no other user's. */
  confirm(loginId: string, now?: Moment): Heard;
  /** The user does not want to. */
  cancel(now?: Moment): Heard;
  /** The prompt; null if the user is not asked. */
  ask(now?: Moment): Ask | null;
  /** Where the session is. */
  look(now?: Moment): Look;
  /** How it ended; null while it goes on. */
  outcome(now?: Moment): Done | Failed | null;
  /** The accounts, once the refresh has succeeded. */
  readonly accounts: readonly Account[];
  /** The revision that the store has; null if it has none. */
  readonly loaded: number | null;
  /** The session as a store would keep it now. A loop has no need of it: `turn` says what to store. */
  snapshot(): string;
  /** The store has another revision: goes on from its row, and says again what was said here. */
  reload(row: string | null, now?: Moment): void;
  /** Forgets the session and its keys. Every later call is an error. */
  close(): void;
  [Symbol.dispose](): void;
}

export interface Signal {
  /** Ends the call. If a request is under way, its reply counts as lost. */
  readonly signal?: AbortSignal;
}

/** A session's loop with `fetch`, a store and a clock. */
export class Client {
  /** `fetch`, `clock` and `sleep` are for tests, and for hosts with a `fetch` of their own. */
  constructor(options: {
    instance: Instance;
    keys: Keys;
    store?: Store;
    fetch?: typeof globalThis.fetch;
    clock?: () => Moment;
    sleep?: (ms: number, options: Signal) => Promise<void>;
  });
  /** A live refresh of a login. Begin one only while its user is there: the bank may send an SMS. */
  refresh(loginId: string, options?: Options): Session;
  /** A refresh whose `requestId` your server has. Never pass one from a browser. */
  resume(requestId: string, options?: Options): Session;
  /** The session of a store, or of the client's own; null if it has none. */
  load(store?: Store): Promise<Session | null>;
  /** Goes on until the user is asked or the session is over. */
  advance(session: Session, options?: Signal): Promise<Result>;
  /** As `advance`, but it returns what there is to wait for. Store the session meanwhile, and load it then. */
  step(session: Session, options?: Signal): Promise<Result | Wait>;
  /** The widget's URL for one showing. Null if nothing is asked any more: then `advance` has the result. */
  show(session: Session, options?: Signal): Promise<string | null>;
}

/** The revision of a snapshot: a column for the `swap` of a store. */
export function revision(snapshot: string): number;

/** The id of a snapshot's session, for a column beside `revision`. Null: a snapshot of version 1 has none. */
export function sessionId(snapshot: string): string | null;
