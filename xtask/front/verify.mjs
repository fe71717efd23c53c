// Runs the guide's `verified` on the webhook that comes on stdin, as {"body","headers","key"}: node verify.mjs MODULE

import { readFileSync } from "node:fs";
import { argv, stdin, stdout } from "node:process";

const { verified } = await import(argv[2]);
const { body, headers, key } = JSON.parse(readFileSync(stdin.fd, "utf8"));
stdout.write(JSON.stringify(verified(body, headers, key)));
