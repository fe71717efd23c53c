// The session of one connection, as a file. It is for one process: there nothing else runs while it reads and writes.
// In production it is a row, and `swap` is one UPDATE with a WHERE.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { revision, sessionId } from "flinks-reconnect";

export class Row {
  constructor(file) {
    this.file = file;
  }
  load() {
    return existsSync(this.file) ? readFileSync(this.file, "utf8") : null;
  }
  swap(loaded, snapshot) {
    const row = this.load();
    const id = row && sessionId(row);
    if ((row && revision(row)) !== loaded || (id !== null && id !== sessionId(snapshot))) return false;
    writeFileSync(`${this.file}.new`, snapshot);
    renameSync(`${this.file}.new`, this.file);
    return true;
  }
}
