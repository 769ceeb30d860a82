import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import * as validators from "../../extension/src/contract/validators.js";

const SHARED = new URL("../../shared/", import.meta.url);

interface Ajv {
  addSchema(schema: object): void;
  validate(reference: string, message: unknown): boolean;
}

interface Example {
  name: string;
  schema: string;
  message: unknown;
  why: string;
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(path, SHARED), "utf8"));

const examples = (kind: "valid" | "invalid"): Example[] =>
  readdirSync(new URL(`examples/${kind}/`, SHARED))
    .sort()
    .map((name) => ({
      ...(read(`examples/${kind}/${name}`) as Omit<Example, "name">),
      name,
    }));

// A dependency of the extension, not of this folder.
const require = createRequire(
  new URL("../../extension/package.json", import.meta.url),
);
const { Ajv2020 } = require("ajv/dist/2020.js") as {
  Ajv2020: new (options: object) => Ajv;
};

const ajv = new Ajv2020({ strict: false });
for (const name of readdirSync(new URL("schemas/", SHARED))) {
  ajv.addSchema(read(`schemas/${name}`) as object);
}

/** The check that the extension carries for what it receives, where there is one. */
const compiled = (
  schema: string,
): ((message: unknown) => boolean) | undefined =>
  (validators as Record<string, (message: unknown) => boolean>)[
    `is${schema.split("/").pop() ?? ""}`
  ];

describe.each(["valid", "invalid"] as const)(
  "an example that is %s",
  (kind) => {
    const isValid = kind === "valid";

    test.each(examples(kind))(
      "is judged so by the schemas: $name",
      ({ schema, message }) => {
        expect(ajv.validate(schema, message)).toBe(isValid);
      },
    );

    test.each(examples(kind).filter((it) => compiled(it.schema)))(
      "is judged so by the check in the extension: $name",
      ({ schema, message }) => {
        expect(compiled(schema)?.(message)).toBe(isValid);
      },
    );
  },
);

test("every check in the extension has an example", () => {
  const shown = new Set(
    examples("valid").map((it) => `is${it.schema.split("/").pop() ?? ""}`),
  );
  const catalogue = ["isPlatform", "isLocators"]; // shared/platforms and shared/locators are their examples
  expect(
    Object.keys(validators).filter(
      (it) => /^is[A-Z]/.test(it) && !catalogue.includes(it) && !shown.has(it),
    ),
  ).toEqual([]);
});
