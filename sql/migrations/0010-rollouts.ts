import { type Migration, NAME, TABLE } from './migration.ts';

const ROLLOUT_STATES = `ENUM('pending approval', 'scheduled', 'running', 'paused', 'stopped', 'cancelled', 'finished')`;
const UPDATE_STATES = `ENUM('waiting', 'notified', 'downloading', 'downloaded', 'verified', 'installing', 'succeeded',
  'failed', 'rolled back', 'cancelled')`;

/** `rollouts` is a projection of the ledger's rollouts with how far each is; `rollout_devices` what became of their devices. */
export const rollouts: Migration = {
  name: '0010-rollouts',
  statements: [
    `CREATE TABLE IF NOT EXISTS rollouts (
      rollout_id CHAR(36) ${NAME} NOT NULL,
      tenant VARCHAR(32) ${NAME} NOT NULL,
      type VARCHAR(32) ${NAME} NOT NULL,
      state ${ROLLOUT_STATES} ${NAME} NOT NULL,
      definition JSON NOT NULL COMMENT 'as the ledger has it',
      phase SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the last that is open, from 1',
      devices INT UNSIGNED NOT NULL DEFAULT 0,
      created_at DATETIME(3) NOT NULL,
      started_at DATETIME(3) NULL COMMENT 'when its devices were chosen',
      finished_at DATETIME(3) NULL,
      message VARCHAR(500) NULL COMMENT 'why it stopped',
      block BIGINT UNSIGNED NOT NULL COMMENT 'of the last change on the ledger',
      updated_at DATETIME(3) NOT NULL,
      PRIMARY KEY (rollout_id),
      KEY rollouts_by_tenant (tenant, created_at, rollout_id),
      KEY rollouts_by_creation (created_at, rollout_id),
      KEY rollouts_by_state (state)
    ) ${TABLE}`,
    `CREATE TABLE IF NOT EXISTS rollout_devices (
      rollout_id CHAR(36) ${NAME} NOT NULL,
      device_id VARCHAR(64) ${NAME} NOT NULL,
      phase SMALLINT UNSIGNED NOT NULL,
      state ${UPDATE_STATES} ${NAME} NOT NULL DEFAULT 'waiting',
      since DATETIME(3) NOT NULL COMMENT 'when it came into this state',
      attempts INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'times that the notice was handed to the broker',
      next_at DATETIME(3) NULL COMMENT 'when to hand it to the broker next',
      notified_at DATETIME(3) NULL,
      finished_at DATETIME(3) NULL,
      deadline DATETIME(3) NULL COMMENT 'when it leaves its state by itself',
      message VARCHAR(500) NULL,
      updated_at DATETIME(3) NOT NULL,
      PRIMARY KEY (rollout_id, device_id),
      KEY rollout_devices_by_phase (rollout_id, phase, state),
      KEY rollout_devices_by_state (rollout_id, state, device_id),
      KEY rollout_devices_by_device (device_id),
      KEY rollout_devices_by_deadline (deadline),
      KEY rollout_devices_to_notify (rollout_id, next_at),
      KEY rollout_devices_notified (rollout_id, notified_at),
      CONSTRAINT rollout_devices_rollout FOREIGN KEY (rollout_id) REFERENCES rollouts (rollout_id)
    ) ${TABLE}`,
  ],
};
