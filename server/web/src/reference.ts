/** Shows the broker's own OpenAPI document, from the origin that the reader sees. */

interface Viewer {
  (options: Record<string, unknown>): unknown;
}

declare const SwaggerUIBundle: Viewer;

async function show(): Promise<void> {
  const answer = await fetch("/openapi.json");
  const spec = (await answer.json()) as Record<string, unknown>;
  spec["servers"] = [{ url: location.origin }];
  SwaggerUIBundle({
    spec,
    dom_id: "#reference",
    deepLinking: true,
    filter: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    showExtensions: true,
    validatorUrl: null,
    withCredentials: false,
  });
}

void show();
