/**
 * The script that starts the page, in the browser's own language: the page's policy allows no inline script, and a file
 * of its own would have to be copied into every build.
 *
 * It changes the contract in two ways before it is shown, both so that "Try it out" does what a reader expects:
 * - the place that served the page comes first among the servers, so that calls reach this very service, through
 *   whatever proxy and path prefix, also where `--external-url` names another place;
 * - examples of optional parameters become part of their description: Swagger UI would send them otherwise, and a
 *   list with `from` and `after`, or a read with `If-None-Match`, is not what somebody means who fills in nothing.
 */
export const INITIALIZER_SCRIPT = `const up = window.location.pathname.endsWith('/') ? '../' : './';
const base = new URL(up, window.location.href).href.replace(/\\/$/, '');
const contractUrl = base + '/openapi.json';

function withoutExample(parameter) {
  if (parameter.required || parameter.example === undefined) return parameter;
  const { example, ...rest } = parameter;
  return { ...rest, description: (rest.description ?? '').trim() + '\\n\\nFor example \`' + example + '\`.' };
}

function prepared(contract) {
  const others = (contract.servers ?? []).filter(({ url }) => url.replace(/\\/$/, '') !== base);
  const parameters = Object.entries(contract.components?.parameters ?? {});
  return {
    ...contract,
    servers: [{ url: base, description: 'this service' }, ...others],
    components: {
      ...contract.components,
      parameters: Object.fromEntries(parameters.map(([name, parameter]) => [name, withoutExample(parameter)])),
    },
  };
}

window.ui = SwaggerUIBundle({
  url: contractUrl,
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  validatorUrl: null,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  responseInterceptor(response) {
    if (response.url === contractUrl && response.ok) response.text = JSON.stringify(prepared(JSON.parse(response.text)));
    return response;
  },
});
`;
