import { randomUUID } from 'node:crypto';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { ErrorWithReasonCode, MqttClient } from 'mqtt';

import { aborted, bareHost, checkedAddress, NotSent, type Reach } from './reach.ts';

export interface Publication {
  readonly url: string;
  readonly topic: string;
  readonly body: string;
  readonly user: string | null;
  readonly password: string | null;
  /** PEM: who issued the broker's certificate; null for one of the public authorities. */
  readonly authority: string | null;
}

/** Resolves when the broker has acknowledged. @throws NotSent */
export type Publish = (publication: Publication) => Promise<void>;

const PORTS = { secure: 8_883, plain: 1_883 };
/** Bytes that a broker may send until it has acknowledged: two short packets are enough. */
const MOST_OF_ANSWER = 16 * 1024;

/**
 * Publishes at brokers that strangers named (MQTT 5, QoS 1), each time in a connection of its own: nobody's broker holds
 * one open here. As with posts the address that was checked is connected to, and one bound holds for everything.
 * Version 5, because an earlier broker acknowledges also what it throws away.
 */
export function outwardPublish(reach: Reach): Publish {
  return async (publication) => {
    const url = new URL(publication.url);
    const secure = url.protocol === 'mqtts:';
    if (!secure && !reach.plain) throw new NotSent('the address does not begin with mqtts://');
    const signal = AbortSignal.timeout(reach.withinMs);
    const late = aborted(signal);
    const host = bareHost(url);
    const address = await Promise.race([checkedAddress(host, reach), late]);
    const port = Number(url.port) || (secure ? PORTS.secure : PORTS.plain);
    const socket = secure
      ? connectTls({
          ...{ host: address, port, minVersion: 'TLSv1.2' },
          // The certificate is checked against this, not against the address.
          ...(isIP(host) === 0 && { servername: host }),
          ...(publication.authority !== null && { ca: publication.authority }),
        })
      : connectPlain({ host: address, port });
    const failed = failureOf(socket);
    const client = clientOn(socket, publication);
    try {
      await Promise.race([acknowledged(client, publication), failed, late]);
    } finally {
      client.end(true);
      socket.destroy();
    }
  };
}

/** Rejects when the connection fails, whatever the client makes of it, or when the broker says too much. */
function failureOf(socket: Socket): Promise<never> {
  let read = 0;
  socket.on('data', (part: Buffer) => {
    read += part.length;
    if (read > MOST_OF_ANSWER) socket.destroy(new Error('the broker says too much'));
  });
  return new Promise((_resolve, reject) => {
    socket.on('error', (error) => {
      reject(notSent(error));
    });
  });
}

function clientOn(socket: Socket, { user, password }: Publication): MqttClient {
  return new MqttClient(() => socket, {
    protocolVersion: 5,
    clientId: `biot-${randomUUID()}`,
    clean: true,
    reconnectPeriod: 0,
    // Longer than any publication lasts: nothing is kept alive.
    keepalive: 0,
    ...(user !== null && { username: user }),
    ...(password !== null && { password }),
  });
}

function acknowledged(client: MqttClient, { topic, body }: Publication): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on('error', (error) => {
      reject(notSent(error));
    });
    client.on('close', () => {
      reject(new NotSent('the broker ended the connection'));
    });
    // Not before: what waits for a connection fails without saying why there is none.
    client.once('connect', () => {
      client.publish(topic, body, { qos: 1 }, (error) => {
        if (error instanceof Error) reject(notSent(error));
        else resolve();
      });
    });
  });
}

/** In words for whoever put the stream. */
function notSent(cause: Error): NotSent {
  if (cause instanceof ErrorWithReasonCode)
    return new NotSent(`the broker refused: ${cause.message}`, { cause });
  const { code } = cause as NodeJS.ErrnoException;
  return new NotSent(`no connection: ${code ?? cause.message}`, { cause });
}
