/**
 * The OpenAPI document as a page: rendered here, without any script, so it needs no other server, works offline and
 * under the strictest content security policy.
 */
import { hash } from 'node:crypto';

import { ERROR_CODES } from '../../chaincode/protocol/errors.ts';
import { MEANINGS } from '../http/problem.ts';
import { html, Html, inline, prose } from './html.ts';
import {
  entriesOf,
  type Entry,
  type Model,
  type Operation,
  readModel,
  resolved,
  type ResponseModel,
} from './model.ts';
import { row, schemaView, typeOf } from './schema-view.ts';
import { STYLE } from './style.ts';

/** Allows the page its one style sheet, by its hash (CSP level 3), and nothing else. */
export const docsPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function anchorOf(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(' ', '-')}`;
}

function navigation(model: Model): Html {
  return html`<nav aria-label="Contents">
    <strong>${model.info.title}</strong> <small>${model.info.version}</small>
    ${model.tags.map(
      ({ name }) =>
        html`<h2><a href="#${anchorOf(name)}">${name}</a></h2>
          <ul>
            ${entriesOf(model, name).map(
              ({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`,
            )}
          </ul>`,
    )}
    <h2>Reference</h2>
    <ul>
      <li><a href="#codes">Codes</a></li>
      <li><a href="#schemas">Schemas</a></li>
      <li><a href="/openapi.json">openapi.json</a></li>
    </ul>
  </nav>`;
}

function securityView({ security }: Operation): Html | undefined {
  const names = security.flatMap((requirement) => Object.keys(requirement));
  if (names.length === 0) return undefined;
  return html`<small>${names.map((name) => html`<a href="#security-${name}">${name}</a> `)}</small>`;
}

function parametersView({ parameters = [] }: Operation): Html | undefined {
  if (parameters.length === 0) return undefined;
  const rows = parameters.map(({ name, in: place, required, description, schema }) =>
    row(place === 'path' ? `{${name}}` : name, schema, required === true, description),
  );
  return html`<h4>Parameters</h4>
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>`;
}

/** What a body looks like: its name, and its fields at once, for they are what one came for. */
function contentView(model: Model, content: ResponseModel['content'] = {}): Html | undefined {
  const [schema] = Object.values(content).map((entry) => entry.schema);
  if (schema === undefined) return undefined;
  const mediaTypes = Object.keys(content).join(' or ');
  return html`<p><small>${mediaTypes}</small> ${schema.$ref === undefined ? undefined : typeOf(schema)}</p>
    ${schemaView(resolved(model, schema))}`;
}

function bodyView(model: Model, { requestBody }: Operation): Html | undefined {
  if (requestBody === undefined) return undefined;
  return html`<h4>Body</h4>
    ${contentView(model, requestBody.content)}`;
}

function answerView(model: Model, status: string, { description, content }: ResponseModel): Html {
  return html`<h4>Answer ${status}: ${description}</h4>
    ${contentView(model, content)}`;
}

function refusalsView(responses: readonly (readonly [string, ResponseModel])[]): Html {
  const rows = responses.map(
    ([status, { description }]) =>
      html`<tr>
        <th scope="row">${status}</th>
        <td>${inline(description)}</td>
      </tr>`,
  );
  return html`<details>
    <summary>Refusals</summary>
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </details>`;
}

function operationView(model: Model, { method, path, operation }: Entry): Html {
  const responses = Object.entries(operation.responses);
  const refusals = responses.filter(([status]) => status >= '400');
  return html`<article id="${operation.operationId}">
    <h3>${operation.summary}</h3>
    <p class="call"><b>${method}</b> <code>${path}</code> ${securityView(operation)}</p>
    ${prose(operation.description)} ${parametersView(operation)} ${bodyView(model, operation)}
    ${responses.filter(([status]) => status < '400').map(([status, response]) => answerView(model, status, response))}
    ${refusalsView(refusals)}
  </article>`;
}

function codesView(): Html {
  const rows = ERROR_CODES.map(
    (code) =>
      html`<tr id="code-${code}">
        <th scope="row"><code>${code}</code></th>
        <td>${MEANINGS[code].status}</td>
        <td>${MEANINGS[code].title}</td>
      </tr>`,
  );
  return html`<section id="codes">
    <h2>Codes</h2>
    <article>
      <table>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </article>
  </section>`;
}

function schemasView({ components }: Model): Html {
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      html`<article id="schema-${name}">
        <h3>${name}</h3>
        ${prose(schema.description)}
        ${schema.enum === undefined ? schemaView(schema) : html`<p>${typeOf(schema)}</p>`}
      </article>`,
  );
  return html`<section id="schemas">
    <h2>Schemas</h2>
    ${schemas}
  </section>`;
}

function securitySchemesView({ components }: Model): Html {
  const rows = Object.entries(components.securitySchemes).map(
    ([name, { description }]) =>
      html`<tr id="security-${name}">
        <th scope="row"><code>${name}</code></th>
        <td>${inline(description)}</td>
      </tr>`,
  );
  return html`<article>
    <h3>Who asks</h3>
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </article>`;
}

/** @param document as `openApiDocument` makes it */
export function docsPage(document: unknown): string {
  const model = readModel(document);
  const sections = model.tags.map(
    ({ name, description }) =>
      html`<section id="${anchorOf(name)}">
        <h2>${name}</h2>
        ${description === undefined ? undefined : html`<article>${prose(description)}</article>`}
        ${entriesOf(model, name).map((entry) => operationView(model, entry))}
      </section>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${model.info.title} API</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        ${navigation(model)}
        <main>
          <h1>${model.info.title} API</h1>
          ${prose(model.info.description)} ${securitySchemesView(model)} ${sections} ${codesView()}
          ${schemasView(model)}
        </main>
      </body>
    </html>`.text;
}
