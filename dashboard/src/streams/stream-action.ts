/** What may be done with a stream from its menu. */
export type StreamAction = 'change' | 'secret' | 'remove';
