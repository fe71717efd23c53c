/** For workers, where a module cannot be compiled while they run. */
import module from "../reconnect.wasm";
import { install } from "../core.js";

install(module);

export * from "../api.js";
