// workerd compiles the module before a worker runs.
import { EXPECTED, smoke } from "./hosts.js";

export default {
  async test() {
    if (smoke() !== EXPECTED) throw new Error(smoke());
  },
};
