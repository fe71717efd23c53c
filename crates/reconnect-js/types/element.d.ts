/** The web component `<flinks-reconnect>`. Importing it defines the element, once. */

import type { Meaning } from "./widget.js";

/** A showing of the widget, or when to ask for one again. */
export interface Showing {
  /** Good for one showing; null if the bank asks nothing now. */
  readonly url?: string | null;
  /** Until the question ends, in milliseconds. */
  readonly leftMs?: number | null;
  /** When to ask again, if it was shown a moment ago, in milliseconds. */
  readonly againMs?: number | null;
}

/** How far a session is. */
export interface Look {
  readonly state: "working" | "ask" | "done" | "failed";
  readonly leftMs?: number | null;
}

/** What went wrong: your server refused, failed or was not there; it gave no web address, or used URLs only; the widget
 * posts nothing; or your server refused a message. */
export type ErrorCode = "refused" | "server" | "network" | "url" | "spent" | "silent" | "message";

/** The events of the element, by name. They bubble. No detail has an id. */
export interface FlinksReconnectEventMap {
  "reconnect-show": CustomEvent<null>;
  "reconnect-step": CustomEvent<{ readonly step: string | null; readonly means: Meaning }>;
  "reconnect-redirect": CustomEvent<null>;
  "reconnect-left": CustomEvent<null>;
  "reconnect-expiring": CustomEvent<{ readonly leftMs: number }>;
  "reconnect-expired": CustomEvent<null>;
  "reconnect-state": CustomEvent<{ readonly state: Look["state"] }>;
  "reconnect-done": CustomEvent<null>;
  "reconnect-failed": CustomEvent<null>;
  "reconnect-error": CustomEvent<{ readonly code: ErrorCode }>;
}

/** Shows a session's question, passes the widget's messages on, and says how the session ends. */
export class FlinksReconnectElement extends HTMLElement {
  /** Asks your server for a showing. Set your own if you have other routes. */
  ask(nothing?: undefined, endpoint?: string | null): Promise<Showing>;
  /** Passes a message of the widget on, as JSON. */
  tell(text: string, endpoint?: string | null): Promise<void>;
  /** Asks how far the session is. */
  look(nothing?: undefined, endpoint?: string | null): Promise<Look>;
  /** For a press of the user: moves the focus into the question. */
  show(): void;

  addEventListener<Name extends keyof FlinksReconnectEventMap>(
    name: Name,
    heard: (this: FlinksReconnectElement, event: FlinksReconnectEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<Name extends keyof HTMLElementEventMap>(
    name: Name,
    heard: (this: FlinksReconnectElement, event: HTMLElementEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    name: string,
    heard: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof FlinksReconnectEventMap>(
    name: Name,
    heard: (this: FlinksReconnectElement, event: FlinksReconnectEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof HTMLElementEventMap>(
    name: Name,
    heard: (this: FlinksReconnectElement, event: HTMLElementEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    name: string,
    heard: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "flinks-reconnect": FlinksReconnectElement;
  }
}
