import type { AlertNews } from '../../chaincode/protocol/alerts/alert.ts';

/** What people do to alerts here, for those who watch. What ingest does comes by the broker. */
export class AlertNewsFeed {
  readonly #listeners: ((news: AlertNews) => void)[] = [];

  listen(listener: (news: AlertNews) => void): void {
    this.#listeners.push(listener);
  }

  tell(news: AlertNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
