import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../home/home.ts';
import { type Channel, CHANNELS } from '../home/organisations.ts';
import type { Administration } from './administration.ts';
import { channelBlock } from './channel-config.ts';

/** Lets the organisation's orderer join the channels that it is not yet in. */
export async function joinOrderer(home: Home, administration: Administration): Promise<void> {
  const joined = await administration.orderer('list');
  for (const channel of missing(joined, '"name": "', '"')) {
    const answer = await administration.orderer(
      'join',
      '--channelID',
      channel,
      '--config-block',
      channelBlock(home, channel),
    );
    // osnadmin ends well whatever the orderer answers; the HTTP status is in the first line.
    if (!answer.startsWith('Status: 201')) {
      throw new BiotError(
        'SETUP_FAILED',
        `${administration.organisation.name}-orderer does not join ${channel}: ${answer.trim()}`,
      );
    }
  }
}

/** Lets the organisation's peer join the channels that it is not yet in. */
export async function joinPeer(home: Home, administration: Administration): Promise<void> {
  const joined = await administration.peer('channel', 'list');
  for (const channel of missing(joined, '\n', ''))
    await administration.peer('channel', 'join', '-b', channelBlock(home, channel));
}

function missing(listing: string, before: string, after: string): Channel[] {
  return CHANNELS.filter((channel) => !listing.includes(`${before}${channel}${after}`));
}
