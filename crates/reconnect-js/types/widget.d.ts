/** For pages: the widget's URL, what the widget posts, and a listener. No key and no session. */

/** What a piece of news means: the user may be finished; is active; closed the widget; cannot go on in it; its token is
 * spent; or an error. */
export type Meaning = "redirect" | "progress" | "left" | "ends" | "tokenSpent" | "error";

/** What a browser said. All of it is a claim. */
export interface News {
  readonly means: Meaning;
  readonly step: string | null;
  readonly loginId: string | null;
  readonly requestId: string | null;
  readonly institution: string | null;
  readonly accounts: readonly string[];
  readonly tag: string | null;
  readonly code: string | null;
  /** Why the bank's own sign-in failed. Made safe to show, like its description. */
  readonly error: string | null;
  readonly errorDescription: string | null;
}

export interface UrlFields {
  /** Shows the question of this session. Without it, an ordinary Connect session. */
  readonly requestId?: string | null;
  /** The ids of the accounts that stay selected. */
  readonly keep?: readonly string[] | null;
  /** Begins an ordinary session at this bank. */
  readonly institution?: string | null;
  readonly authorizeToken?: string | null;
  /** If the URL is longer, in bytes, the accounts are left out: 8,000. */
  readonly most?: number;
  /** Any other parameter, such as `redirectUrl` or `language`. */
  readonly [parameter: string]: string | number | readonly string[] | null | undefined;
}

/** The widget's URL. `place` is the instance's name, such as `toolbox`, or the address of its widget. */
export function widgetUrl(place: string, fields?: UrlFields): string;

/** What a message of the widget, or the URL of its redirect, says; null if it is neither. */
export function readNews(message: unknown): News | null;

/** Calls `heard` for each message that the widget in `frame` posts, and for no other. Send `message` to your server: a session
 * reads it there. Returns a function that ends the listening. */
export function listen(
  frame: { readonly contentWindow: unknown; readonly src: string },
  heard: (message: string, news: News) => void,
  options?: { on?: Pick<EventTarget, "addEventListener" | "removeEventListener"> },
): () => void;
