/** For Node and Deno. */
import { readFileSync } from "node:fs";
import { install } from "../core.js";

install(new WebAssembly.Module(readFileSync(new URL("../reconnect.wasm", import.meta.url))));

export * from "../api.js";
