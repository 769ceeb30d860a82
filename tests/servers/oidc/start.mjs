/**
 * An authorization server by others (oidc-provider) that stands for any platform with OAuth 2.0.
 *
 * Reads one JSON object of options from stdin, prints one JSON line `{"url": …}` once it listens,
 * and lives until stdin ends. The package is found in the working directory.
 *
 *   port            to listen on; 0 takes a free one
 *   redirect_uri    where the consent page leads back to
 *   client_auth     client_secret_basic, client_secret_post or none
 *   lives           seconds: {code, access, refresh}
 *   rotates         a refresh token is good once; used again, all of its family are revoked
 */

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "package.json"));
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

const lines = createInterface({ input: process.stdin });
const [line] = await once(lines, "line");
const options = JSON.parse(line);
lines.on("close", () => process.exit(0));

const server = createServer();
await new Promise((listening) => server.listen(options.port ?? 0, "127.0.0.1", listening));
const url = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(url, {
  clients: [
    {
      client_id: "the-app",
      ...(options.client_auth === "none" ? {} : { client_secret: "the-secret-of-the-app" }),
      token_endpoint_auth_method: options.client_auth,
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: [options.redirect_uri],
    },
  ],
  scopes: ["openid", "offline_access", "posts.write"],
  pkce: { required: () => true },
  rotateRefreshToken: options.rotates,
  issueRefreshToken: () => true,
  features: { revocation: { enabled: true }, introspection: { enabled: true } },
  ttl: {
    AuthorizationCode: options.lives.code,
    AccessToken: options.lives.access,
    RefreshToken: options.lives.refresh,
  },
  cookies: { keys: ["a key of the tests"] },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});
server.on("request", provider.callback());
console.log(JSON.stringify({ url }));
