/**
 * Offers the broker's tools to an agent in the browser (WebMCP), where the browser has a place for them:
 * `document.modelContext` as of webmachinelearning.github.io/webmcp in 2026, `navigator.modelContext` before.
 */

const TOOLS = "/dashboard/tools.json";
const TOKEN = "input[name=csrf_token]";

/** A tool as `/dashboard/tools.json` tells of it. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: object;
  readOnly: boolean;
  method: string;
  path: string;
  /** It may wait for the end of the job that it makes: `wait` is not the endpoint's. */
  follows: boolean;
}

type Arguments = Record<string, unknown>;

interface Answer {
  content: { type: "text"; text: string }[];
  isError: boolean;
}

interface ModelContext {
  registerTool(tool: {
    name: string;
    title: string;
    description: string;
    inputSchema: object;
    annotations: { readOnlyHint: boolean };
    execute: (given?: Arguments) => Promise<Answer>;
  }): unknown;
}

/** Registers every tool; does nothing where the browser has no such thing or nobody is signed in. */
export async function offerTools(page: object, browser: object): Promise<void> {
  const context = contextOf(page) ?? contextOf(browser);
  const token = document.querySelector<HTMLInputElement>(TOKEN)?.value;
  if (context === undefined || token === undefined) return;
  const answer = await fetch(TOOLS);
  if (!answer.ok) return;
  const { tools } = (await answer.json()) as { tools: Tool[] };
  for (const tool of tools) {
    await context.registerTool({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: tool.inputSchema,
      annotations: { readOnlyHint: tool.readOnly },
      execute: (given = {}) => use(tool, given, token),
    });
  }
}

function contextOf(place: object): ModelContext | undefined {
  return "modelContext" in place ? (place.modelContext as ModelContext) : undefined;
}

/** Does what a tool does, as the person who is signed in. A refusal is an answer that says so. */
async function use(tool: Tool, given: Arguments, token: string): Promise<Answer> {
  const { wait, ...rest } = given;
  const answer = await send(tool, tool.follows ? rest : given, token);
  const job = answer.headers.get("Location");
  if (!tool.follows || !answer.ok || wait === undefined || job === null) return read(answer);
  return read(await fetch(`${job}?wait=${String(wait)}`));
}

function send(tool: Tool, given: Arguments, token: string): Promise<Response> {
  const named = new Map(Object.entries(given));
  const path = tool.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(named.get(name) ?? "");
    named.delete(name);
    return encodeURIComponent(value);
  });
  if (tool.method === "GET") {
    const query = new URLSearchParams(
      [...named].map(([name, value]): [string, string] => [name, String(value)]),
    );
    return fetch(named.size === 0 ? path : `${path}?${query.toString()}`);
  }
  return fetch(path, {
    method: tool.method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(Object.fromEntries(named)),
  });
}

async function read(answer: Response): Promise<Answer> {
  return { content: [{ type: "text", text: await answer.text() }], isError: !answer.ok };
}
