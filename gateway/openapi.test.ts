import { expect } from 'chai';
import openapiTypescript from 'openapi-typescript';
import request from 'supertest';

import { ERROR_CODES } from '../chaincode/protocol/errors.ts';
import { docsPage } from './docs/page.ts';
import { openApiDocument } from './openapi.ts';
import { routes } from './routes/index.ts';
import { testGateway } from './testing/gateway.ts';

describe('the OpenAPI document', () => {
  const text = JSON.stringify(openApiDocument(routes));

  it('is valid, and types can be generated from it', async () => {
    const nodes = await openapiTypescript(text);
    expect(nodes.length).to.be.greaterThan(0);
  });

  it('is OpenAPI 3.1 and has every route, with an answer and refusals', () => {
    const document = openApiDocument(routes);
    expect(document.openapi).to.match(/^3\.1\./);
    for (const { path, method, operation, answer } of routes) {
      const described = document.paths?.[path]?.[method];
      expect(described?.operationId, `${method} ${path}`).to.equal(operation);
      expect(described?.responses).to.include.keys(String(answer.status), '400', '500');
      expect(described?.summary).to.be.a('string').and.not.equal('');
    }
  });

  it('gives each operation a name of its own', () => {
    const names = routes.map(({ operation }) => operation);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('says who may: a security requirement wherever a token is demanded', () => {
    const { paths = {} } = openApiDocument(routes);
    const register = paths['/api/v1/devices']?.post;
    expect(register?.security).to.deep.equal([{ person: [] }]);
    expect(register?.description).to.include(
      'For people whom the policy allows `device:register`, and for the devices that it says.',
    );
    expect(paths['/api/v1/device/self']?.get?.security).to.deep.equal([
      { device: [] },
      { deviceCertificate: [] },
    ]);
    expect(paths['/healthz']?.get).to.have.deep.property('security', []);
  });

  it('refuses unknown fields in every body that it describes', () => {
    const { schemas = {} } = openApiDocument(routes).components ?? {};
    for (const name of [
      'Credentials',
      'PasswordChange',
      'Registrations',
      'Registration',
      'StatusChange',
      'PolicyChange',
      'TypeChange',
      'TypeSensor',
      'ProposeRequest',
      'ClaimRequest',
      'RedeemClaim',
      'CertifyDevice',
      'VoucherRequest',
      'RedeemVoucher',
      'Message',
    ])
      expect(schemas[name], name).to.have.property('additionalProperties', false);
  });

  it('is served', async () => {
    const { app } = await testGateway();
    const response = await request(app).get('/openapi.json');
    expect(response.status).to.equal(200);
    expect(response.body).to.deep.equal(JSON.parse(text));
  });
});

describe('the API page', () => {
  it('names every operation and code, and needs no script and no other server', async () => {
    const { app } = await testGateway();
    const { headers, text } = await request(app).get('/docs');
    expect(headers['content-type']).to.match(/^text\/html/);
    expect(headers['content-security-policy']).to.match(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri/,
    );
    for (const { operation } of routes) expect(text).to.include(`id="${operation}"`);
    for (const code of ERROR_CODES) expect(text).to.include(`id="code-${code}"`);
    expect(text).to.not.match(/<script|src=|@import|url\(|https?:\/\//i);
  });

  it('has a target for every link within it', () => {
    const page = docsPage(openApiDocument(routes));
    const targets = new Set([...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g))
      expect(targets.has(target), target).to.equal(true);
  });

  it('shows markup in descriptions as text', () => {
    const document = openApiDocument(routes);
    Object.assign(document.info, { description: 'a <img src=x onerror=alert(1)> & `<b>`' });
    const page = docsPage(document);
    expect(page).to.include('a &lt;img src=x onerror=alert(1)&gt; &amp; <code>&lt;b&gt;</code>');
    expect(page).to.not.include('<img');
  });
});
