import {
  readFrame,
  type AlertFrame,
  type AnchoredFrame,
  type CommandFrame,
  type PresenceFrame,
  type ReadingFrame,
} from './frames.ts';

/** A socket as this needs it; a browser's WebSocket is fitted to it in `services.ts`. */
export interface Connection {
  send(text: string): void;
  close(): void;
}

export interface ConnectionListener {
  onOpen(): void;
  onText(text: string): void;
  onClose(): void;
}

export type LiveState = 'off' | 'connecting' | 'live' | 'waiting';

export interface LiveOptions {
  open: (listener: ConnectionListener) => Connection;
  token: () => string | undefined;
  /** Asked when the gateway refuses the token. */
  renew: () => Promise<string | undefined>;
  /** Calls back after so many milliseconds; returns what cancels it. */
  schedule: (task: () => void, milliseconds: number) => () => void;
  /** From 0 to 1: spreads reconnections, so that a restarted gateway is not met by all browsers at once. */
  random: () => number;
  onState: (state: LiveState) => void;
}

export interface Watch {
  devices: readonly string[];
  onReading: (frame: ReadingFrame) => void;
}

/** What the gateway lets one connection name. On a longer page, the rows beyond show what was there at loading. */
const MOST_DEVICES = 200;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/** One socket for the whole page: it signs in, watches what is on screen, and comes back after every outage. */
export class LiveSocket {
  readonly #options: LiveOptions;
  readonly #watches = new Set<Watch>();
  readonly #anchorListeners = new Set<(frame: AnchoredFrame) => void>();
  readonly #commandListeners = new Set<(frame: CommandFrame) => void>();
  readonly #alertListeners = new Set<(frame: AlertFrame) => void>();
  readonly #presenceListeners = new Set<(frame: PresenceFrame) => void>();
  #connection: Connection | undefined;
  #open = false;
  #attempt = 0;
  #running = false;
  #watched = '';
  #cancelRetry: () => void = () => undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** Connects; when that was done before, tells the gateway the token of now, before the former one expires. */
  start(): void {
    if (this.#running) {
      if (this.#open) this.#signIn();
      return;
    }
    this.#running = true;
    this.#attempt = 0;
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#cancelRetry();
    this.#drop();
    this.#options.onState('off');
  }

  /** Skips the wait: for when the browser says that it is online again. */
  retryNow(): void {
    if (!this.#running || this.#connection !== undefined) return;
    this.#cancelRetry();
    this.#connect();
  }

  /** Readings of these devices from now on; returns what ends it. */
  watch(watch: Watch): () => void {
    this.#watches.add(watch);
    this.#sendWatch();
    return () => {
      this.#watches.delete(watch);
      this.#sendWatch();
    };
  }

  onAnchored(listener: (frame: AnchoredFrame) => void): () => void {
    this.#anchorListeners.add(listener);
    return () => this.#anchorListeners.delete(listener);
  }

  /** Of devices that are watched. */
  onPresence(listener: (frame: PresenceFrame) => void): () => void {
    return this.#listen(this.#presenceListeners, listener);
  }

  /** What becomes of commands, from now on; the gateway sends it only while somebody listens. */
  onCommand(listener: (frame: CommandFrame) => void): () => void {
    return this.#listen(this.#commandListeners, listener);
  }

  /** The same of alerts. */
  onAlert(listener: (frame: AlertFrame) => void): () => void {
    return this.#listen(this.#alertListeners, listener);
  }

  #listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
    listeners.add(listener);
    this.#sendWatch();
    return () => {
      listeners.delete(listener);
      this.#sendWatch();
    };
  }

  #connect(): void {
    this.#options.onState('connecting');
    const ifCurrent = (action: () => void): void => {
      // A connection that was given up may still report: it is no longer listened to.
      if (this.#connection === connection) action();
    };
    const connection = this.#options.open({
      onOpen: () => {
        ifCurrent(() => {
          this.#opened();
        });
      },
      onText: (text) => {
        ifCurrent(() => {
          this.#receive(text);
        });
      },
      onClose: () => {
        ifCurrent(() => {
          this.#drop();
          this.#retry();
        });
      },
    });
    this.#connection = connection;
  }

  #opened(): void {
    this.#open = true;
    this.#signIn();
    this.#watched = '';
    this.#sendWatch();
  }

  #signIn(): void {
    this.#connection?.send(JSON.stringify({ type: 'sign-in', token: this.#options.token() ?? '' }));
  }

  #receive(text: string): void {
    const frame = readFrame(text);
    switch (frame?.type) {
      case 'signed-in':
        this.#attempt = 0;
        this.#options.onState('live');
        break;
      case 'reading':
        this.#hear(frame);
        break;
      case 'anchored':
        tell(this.#anchorListeners, frame);
        break;
      case 'command':
        tell(this.#commandListeners, frame);
        break;
      case 'alert':
        tell(this.#alertListeners, frame);
        break;
      case 'presence':
        tell(this.#presenceListeners, frame);
        break;
      case 'problem':
        this.#refused(frame.code);
        break;
      case undefined:
    }
  }

  #hear(frame: ReadingFrame): void {
    for (const { devices, onReading } of this.#watches) if (devices.includes(frame.device)) onReading(frame);
  }

  #refused(code: string): void {
    if (!['UNAUTHENTICATED', 'TOKEN_INVALID', 'TOKEN_EXPIRED'].includes(code)) return;
    this.#drop();
    void this.#options.renew().then((token) => {
      if (token !== undefined) this.#retry();
    });
  }

  #sendWatch(): void {
    if (this.#connection === undefined || !this.#open) return;
    const devices = [...new Set([...this.#watches].flatMap((watch) => watch.devices))]
      .slice(0, MOST_DEVICES)
      .sort();
    const frame = JSON.stringify({
      type: 'watch',
      devices,
      ...(this.#commandListeners.size > 0 && { commands: true }),
      ...(this.#alertListeners.size > 0 && { alerts: true }),
    });
    if (frame === this.#watched) return;
    this.#watched = frame;
    this.#connection.send(frame);
  }

  #retry(): void {
    if (!this.#running) return;
    this.#options.onState('waiting');
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#cancelRetry = this.#options.schedule(
      () => {
        if (this.#running) this.#connect();
      },
      longest * (0.5 + this.#options.random() / 2),
    );
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#open = false;
    connection?.close();
  }
}

function tell<Frame>(listeners: Iterable<(frame: Frame) => void>, frame: Frame): void {
  for (const listener of listeners) listener(frame);
}
