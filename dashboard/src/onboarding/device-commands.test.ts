import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { z } from 'zod';

import { claimCommand, gatewayAddress } from './device-commands.ts';

const CODE = '0000-1111-2222-3333-4444-5555-6666';

describe('where devices reach the gateway', () => {
  it('is where the page came from, over HTTPS', () => {
    expect(gatewayAddress({ protocol: 'https:', hostname: 'biot.example', port: '' })).to.equal(
      'https://biot.example',
    );
    expect(gatewayAddress({ protocol: 'https:', hostname: 'biot.example', port: '8440' })).to.equal(
      'https://biot.example:8440',
    );
  });

  it('is the port before that of the plain listener', () => {
    expect(gatewayAddress({ protocol: 'http:', hostname: '127.0.0.1', port: '8441' })).to.equal(
      'https://127.0.0.1:8440',
    );
  });
});

describe('what a device does with its code', () => {
  it('is a request for its own key, in a body that is JSON', () => {
    const folder = mkdtempSync(join(tmpdir(), 'claim-'));
    try {
      // In the place of curl stands what writes down what it is to send.
      writeFileSync(join(folder, 'curl'), '#!/bin/sh\ncat > body.json\n', { mode: 0o755 });
      const command = claimCommand(CODE, 'press-07', 'https://127.0.0.1:8440');
      execFileSync('sh', ['-euc', command], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
      });
      const body: unknown = JSON.parse(readFileSync(join(folder, 'body.json'), 'utf8'));
      const { code, request } = z.object({ code: z.string(), request: z.string() }).parse(body);
      expect(code).to.equal(CODE);
      const subject = execFileSync('openssl', ['req', '-noout', '-verify', '-subject'], {
        input: request,
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      expect(subject).to.match(/CN ?= ?press-07/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
