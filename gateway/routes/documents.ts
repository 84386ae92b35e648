import { z } from 'zod';

import { docsPage, docsPolicy } from '../docs/page.ts';
import { anyone } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { openApiDocument, type OpenApiDocument } from '../openapi.ts';

const tag = 'Operation';

/** The document describes these routes too, hence a function: it is called when all routes are there. */
export function documentRoutes(all: () => readonly Route[]): readonly Route[] {
  let made: { document: OpenApiDocument; page: string } | undefined;
  const documents = (): { document: OpenApiDocument; page: string } => {
    if (made === undefined) {
      const document = openApiDocument(all());
      made = { document, page: docsPage(document) };
    }
    return made;
  };

  const openApi = defineRoute({
    method: 'get',
    path: '/openapi.json',
    tag,
    operation: 'openApi',
    summary: 'This interface as an OpenAPI 3.1 document',
    description: 'Made from the schemas that also validate requests.',
    access: anyone,
    request: z.strictObject({}),
    answer: {
      status: 200,
      description: 'The document',
      schema: z.looseObject({ openapi: z.string() }),
    },
    refusals: [],
    handle: () => ({ ...documents().document }),
  });

  const docs = defineRoute({
    method: 'get',
    path: '/docs',
    tag,
    operation: 'docs',
    summary: 'This interface as a page',
    description: 'The OpenAPI document for reading. One page without scripts: it works offline.',
    access: anyone,
    request: z.strictObject({}),
    answer: { status: 200, description: 'The page', schema: z.string(), mediaTypes: ['text/html'] },
    refusals: [],
    handle({ exchange }) {
      exchange.setHeader('Content-Security-Policy', docsPolicy);
      return documents().page;
    },
  });

  return [openApi, docs];
}
