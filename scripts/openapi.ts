/** Prints the gateway's OpenAPI document, from which the dashboard's types are generated: `npm run -s openapi`. */
import { openApiDocument } from '../gateway/openapi.ts';
import { routes } from '../gateway/routes/index.ts';

if (process.argv.includes('--help')) {
  process.stdout.write(
    'Usage: npm run -s openapi\nPrints the OpenAPI 3.1 document of the gateway as JSON.\n',
  );
} else {
  process.stdout.write(`${JSON.stringify(openApiDocument(routes), null, 2)}\n`);
}
