/** Lint rules of the extension: strict, type-aware, and which way imports may point. */

import js from "@eslint/js";
import tseslint from "typescript-eslint";

const noImportsFrom = (folders, message) => ({
  "no-restricted-imports": ["error", { patterns: [{ group: folders, message }] }],
});

export default tseslint.config(
  {
    ignores: ["**/dist/**", "extension/src/contract/**", "**/node_modules/**"],
  },
  js.configs.recommended,
  {
    files: ["extension/**/*.ts", "tests/extension/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: "./extension/tsconfig.json",
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-function-return-type": ["error", { allowExpressions: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Texts are counted and cut by code points here, and character classes list them one by one.
      "@typescript-eslint/no-misused-spread": "off",
      "no-misleading-character-class": "off",
    },
  },
  {
    files: ["extension/src/platforms/**/*.ts"],
    rules: noImportsFrom(
      ["**/background/**", "**/popup/**"],
      "An adapter knows its page, never the worker.",
    ),
  },
  {
    files: ["extension/src/page/**/*.ts"],
    rules: noImportsFrom(
      ["**/background/**", "**/popup/**"],
      "A page script speaks to the worker in messages.",
    ),
  },
  {
    files: ["extension/src/popup/**/*.ts"],
    rules: noImportsFrom(
      ["**/background/**", "**/page/**"],
      "The popup speaks to the worker in messages.",
    ),
  },
  {
    files: ["extension/src/background/**/*.ts"],
    rules: noImportsFrom(["**/page/**", "**/popup/**"], "The worker speaks to pages in messages."),
  },
);
