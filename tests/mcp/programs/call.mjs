// An agent in TypeScript's own clients: `node call.mjs LINE MODE URL CREDENTIAL TOOL ARGUMENTS`.
//
// LINE is v1 or v2 of the official SDK, MODE legacy or auto (v2 alone knows it), CREDENTIAL a key or
// `oauth`. Every line on stdout is a JSON object: {"open": address to be approved by a person},
// {"progress": message}, and at the end {"result": what the tool answered, "version": spoken}.

import http from 'node:http';

const [line, mode, url, credential, tool, given] = process.argv.slice(2);
const say = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);

const sdk =
  line === 'v1'
    ? {
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
        ...(await import('@modelcontextprotocol/sdk/client/auth.js')),
      }
    : await import('@modelcontextprotocol/client');

/** Waits on a loopback port for the browser to come back with the person's answer. */
class Callback {
  async listen() {
    this.answer = new Promise((resolve) => {
      this.server = http.createServer((request, response) => {
        response.end('You may close this.');
        resolve(new URL(request.url, this.address).searchParams);
      });
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.address = `http://127.0.0.1:${this.server.address().port}/callback`;
  }
}

/** What a client keeps while it is let in: nothing outlives the process. */
class Memory {
  constructor(address) {
    this.redirectUrl = address;
  }
  get clientMetadata() {
    return {
      client_name: `TypeScript ${line}`,
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }
  clientInformation() {
    return this.client;
  }
  saveClientInformation(client) {
    this.client = client;
  }
  tokens() {
    return this.kept;
  }
  saveTokens(tokens) {
    this.kept = tokens;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  saveDiscoveryState(state) {
    this.discovered = state;
  }
  discoveryState() {
    return this.discovered;
  }
  redirectToAuthorization(address) {
    say({ open: address.href });
  }
}

const callback = new Callback();
await callback.listen();
const options =
  credential === 'oauth'
    ? { authProvider: new Memory(callback.address) }
    : { requestInit: { headers: { Authorization: `Bearer ${credential}` } } };
const transport = () => new sdk.StreamableHTTPClientTransport(new URL(url), options);
const client = () =>
  new sdk.Client(
    { name: `postbroker-test-${line}`, version: '1.0.0' },
    line === 'v2' ? { versionNegotiation: { mode } } : {},
  );

let way = transport();
let agent = client();
try {
  await agent.connect(way);
} catch (error) {
  if (credential !== 'oauth' || !(error instanceof sdk.UnauthorizedError)) throw error;
  const answer = await callback.answer;
  await (line === 'v1' ? way.finishAuth(answer.get('code')) : way.finishAuth(answer));
  way = transport();
  agent = client();
  await agent.connect(way);
}
const request = { name: tool, arguments: JSON.parse(given) };
const hear = { onprogress: ({ message }) => say({ progress: message }), timeout: 90_000 };
const tools = await agent.listTools();
const result =
  line === 'v1'
    ? await agent.callTool(request, undefined, hear)
    : await agent.callTool(request, hear);
say({ tools: tools.tools.map((each) => each.name) });
say({ result, version: way.protocolVersion ?? agent.getNegotiatedProtocolVersion?.() });
await agent.close();
callback.server.close();
process.exit(0);
