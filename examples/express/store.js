// The session of one refresh, as a file. It is for one process: there nothing else runs while it reads and writes. In
// production it is a row of a database, and `swap` is one UPDATE with a WHERE.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { revision, sessionId } from "flinks-reconnect";

export const row = (file) => ({
  load: () => (existsSync(file) ? readFileSync(file, "utf8") : null),
  swap(loaded, snapshot) {
    const now = this.load();
    if ((now && revision(now)) !== loaded || ![null, sessionId(snapshot)].includes(now && sessionId(now))) return false;
    writeFileSync(`${file}.new`, snapshot, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return true;
  },
});
