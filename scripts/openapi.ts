import openapiTypescript, { astToString, COMMENT_HEADER } from 'openapi-typescript';

import { openApiDocument } from '../gateway/openapi.ts';
import { routes } from '../gateway/routes/index.ts';
import { runCommand } from './cli/command.ts';

const HELP = `
npm run -s openapi [-- --types]

Prints the OpenAPI 3.1 document of the gateway as JSON.

  --types  print the TypeScript types that the dashboard uses instead:
           npm run -s openapi -- --types > dashboard/src/api/schema.d.ts
`;

await runCommand({
  help: HELP,
  options: { types: { type: 'boolean', default: false } },
  async run({ values }) {
    const document = JSON.stringify(openApiDocument(routes), null, 2);
    process.stdout.write(
      values.types ? `${COMMENT_HEADER}${astToString(await openapiTypescript(document))}` : `${document}\n`,
    );
    return 0;
  },
});
