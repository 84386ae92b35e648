/** What may be done with a channel from its menu. */
export type ChannelAction = 'change' | 'secret' | 'remove';
