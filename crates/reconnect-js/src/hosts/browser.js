/** For browsers, and for the bundlers that build for them. */
import { install } from "../core.js";

const file = await fetch(new URL("../reconnect.wasm", import.meta.url));
install(await WebAssembly.compile(await file.arrayBuffer()));

export * from "../api.js";
