/** Milliseconds since the Unix epoch, UTC. Handed in wherever time matters, so that tests need not wait. */
export type Clock = () => number;
