/** For tests: a sandbox, which is the service, its widget and its users, offline; and a suite for stores. Node only. */
import type { Instance, Keys, Moment, Store } from "flinks-reconnect";

/** A sandbox that runs. `clock` and `sleep` are for clients: its time goes `speed` times as fast as ours. */
export interface Sandbox {
  readonly url: string;
  readonly speed: number;
  readonly instance: Instance;
  readonly keys: Keys;
  /** The login id of each user. */
  readonly logins: Readonly<Record<string, string>>;
  clock(): Moment;
  sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void>;
  /** Asks one of the sandbox's controls, such as `doctor`, or tells it `body`. */
  control(name: string, body?: unknown): Promise<any>;
  /** Each documented rule that a request broke. */
  doctor(): Promise<object[]>;
  /** Plays the user and the browser. Returns the message that the widget posts at its end. */
  answerInWidget(url: string, answers?: Readonly<Record<string, string>>): Promise<string>;
  /** Ends it. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The answers of the sandbox's user Greatday, by a word of the question. */
export const GREATDAY: Readonly<Record<string, string>>;

/** Runs a sandbox that refuses what the documentation forbids. The command is `command`, or what the variable `RECONNECT_BIN`
 * names, or `reconnect` on the path. */
export function sandbox(options?: { options?: string[]; speed?: number; command?: string }): Promise<Sandbox>;

/**
 * Checks a store of yours. `open(name)` gives a handle on the row with this name. No such row may be there yet. A second
 * handle of the same name is another server's on the same row: in a race eight handles swap at once.
 *
 * Throws an `AssertionError` with the rule that the store breaks, the step, and what came instead.
 */
export function checkStore(open: (name: string) => Store | Promise<Store>): Promise<void>;
