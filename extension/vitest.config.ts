/** Runs the tests of the extension and of what it shares with the broker. */

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root,
  test: {
    include: ["tests/extension/**/*.test.ts", "tests/contract/**/*.test.ts"],
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 10_000,
  },
});
