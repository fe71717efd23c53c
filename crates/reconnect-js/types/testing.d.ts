/** A sandbox for tests: the service, its widget and its users, offline. Node only. */
import type { Instance, Keys, Moment } from "flinks-reconnect";

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
