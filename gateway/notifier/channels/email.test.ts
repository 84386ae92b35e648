import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

import type { Content, Notice } from '../../../chaincode/protocol/notifications/notice.ts';
import { certificatePem, createAuthority, issueCertificate } from '../../../network/pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../../network/pki/keys.ts';
import { NotSent } from '../outward/reach.ts';
import { mailer } from './email.ts';

const NOTICE: Notice = {
  ...{ alert: '7', step: 'raise', at: 1_700_000_000_000, device: 'press-07', tenant: 'acme' },
  ...{
    type: 'threshold',
    rule: 'hot',
    severity: 'critical',
    value: 91.5,
    description: 'The press is hot',
  },
};
const HOT: Content = { kind: 'alerts', notices: [NOTICE] };

interface Arrived {
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly text: string;
}

describe('e-mail', () => {
  const folder = mkdtempSync(join(tmpdir(), 'biot-mail-'));
  const authorityFile = join(folder, 'authority.pem');
  const opened: SMTPServer[] = [];
  let credentials: { key: string; cert: string };
  let arrived: Arrived[];

  before(async () => {
    const authority = await createAuthority('mail authority');
    const keys = generateKeyPair();
    const cert = await issueCertificate(authority, {
      ...{ commonName: 'mail', publicKey: publicKeyDer(keys.publicKey), days: 1 },
      ...{ usages: ['server'], hosts: ['127.0.0.1', 'localhost'] },
    });
    credentials = { key: privateKeyPem(keys.privateKey), cert };
    writeFileSync(authorityFile, certificatePem(authority.certificate));
  });

  beforeEach(() => {
    arrived = [];
  });

  afterEach(async () => {
    for (const server of opened.splice(0))
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** @returns its port */
  async function serve(options: SMTPServerOptions): Promise<number> {
    const server = new SMTPServer({
      ...{ ...credentials, logger: false, closeTimeout: 100 },
      onAuth: ({ username, password }, _session, callback) => {
        if (username === 'biot' && password === 'secret') callback(null, { user: username });
        else callback(new Error('no'));
      },
      onData: (stream, session, callback) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          arrived.push({ to, secure: session.secure, text: Buffer.concat(parts).toString() });
          callback(null);
        });
      },
      ...options,
    });
    // What clients do wrong is told to them.
    server.on('error', () => undefined);
    opened.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return (server.server.address() as AddressInfo).port;
  }

  function send(settings: object, content: Content = HOT, withinMs?: number): Promise<string> {
    const send = mailer(
      {
        ...{ host: '127.0.0.1', port: 1, implicitTls: false, allowPlain: false, authorityFile },
        ...{ user: 'biot', password: 'secret', from: 'biot@example.com' },
        ...settings,
      },
      'https://biot.example.com',
      withinMs,
    );
    return send({
      to: ['night@example.com', 'day@example.com'],
      message: { idempotency: 'abc', content },
    }).then(
      ({ kind }) => kind,
      (error: unknown) => (error instanceof NotSent ? error.message : String(error)),
    );
  }

  it('is sent over STARTTLS, with what happened, to all, and under the same id when it comes again', async () => {
    const port = await serve({});
    expect(await send({ port })).to.equal('taken');
    expect(await send({ port })).to.equal('taken');
    expect(arrived.map(({ to, secure }) => [to, secure])).to.deep.equal([
      [['night@example.com', 'day@example.com'], true],
      [['night@example.com', 'day@example.com'], true],
    ]);
    const [{ text } = { text: '' }, again] = arrived;
    expect(text).to.match(/^Subject: \[BIoT-DM\]/m);
    expect(text).to.match(/2023-11-14 22:13:20 UTC\s+critical, raised\s+press-07: The\s+press\s+is\s+hot/);
    expect(text).to.include('https://biot.example.com/alerts');
    for (const mail of [text, again?.text])
      expect(mail)
        .to.match(/^Message-ID: <abc@example\.com>/im)
        .and.to.match(/^Auto-Submitted: auto-generated/m);
  });

  it('is sent over TLS from the beginning', async () => {
    const port = await serve({ secure: true });
    expect(await send({ port, implicitTls: true })).to.equal('taken');
    expect(arrived).to.have.length(1);
  });

  it('does not go without TLS, unless that was allowed', async () => {
    const port = await serve({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    expect(await send({ port })).to.match(/^the mail server /);
    expect(arrived).to.deep.equal([]);
    expect(await send({ port, allowPlain: true })).to.equal('taken');
  });

  it('does not go to a server whose certificate nobody vouches for', async () => {
    const port = await serve({});
    expect(await send({ port, authorityFile: undefined })).to.match(/^the mail server was not reached/);
    expect(arrived).to.deep.equal([]);
  });

  it('says what the server said no to, and nothing else of its words', async () => {
    const port = await serve({
      onRcptTo: (_address, _session, callback) => {
        callback(Object.assign(new Error('inner-host-17 says no'), { responseCode: 550 }));
      },
    });
    expect(await send({ port })).to.equal('the mail server answered 550');
    expect(await send({ port, password: 'wrong' })).to.equal('the mail server answered 535');
    expect(await send({ port: 1 })).to.equal('the mail server was not reached: ESOCKET');
  });

  it('gives up on a server that never comes to an end, however busy it keeps us', async () => {
    const sockets: Socket[] = [];
    const dripping = createServer((socket) => {
      sockets.push(socket);
      // The greeting is there; what follows is one answer without end.
      socket.write('220 mail\r\n');
      const drip = setInterval(() => socket.write('250-wait\r\n'), 5);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          clearInterval(drip);
        });
    });
    await new Promise<void>((resolve) => {
      dripping.listen(0, '127.0.0.1', resolve);
    });
    const { port } = dripping.address() as AddressInfo;
    try {
      expect(await send({ port }, HOT, 100)).to.equal('the mail server was not reached: EABORT');
    } finally {
      dripping.close();
      for (const socket of sockets) socket.destroy();
    }
  });

  it('keeps what devices’ rules say out of its headers', async () => {
    const port = await serve({});
    const description = 'hot\r\nBcc: everybody@example.com';
    await send({ port }, { kind: 'alerts', notices: [{ ...NOTICE, description }] });
    const [headers = ''] = (arrived[0]?.text ?? '').split('\r\n\r\n');
    expect(headers).not.to.match(/^Bcc:/m);
    expect(arrived[0]?.to).to.deep.equal(['night@example.com', 'day@example.com']);
  });
});
