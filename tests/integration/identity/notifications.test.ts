import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createNotifications, type Notifications } from '../../../src/config/notifications.ts';
import { cloneTemplateDatabase } from '../../support/template-database.ts';
import { until } from './identity-fixture.ts';

let database: Awaited<ReturnType<typeof cloneTemplateDatabase>>;
let admin: pg.Client;
let notifications: Notifications;
let losses: unknown[];

beforeAll(async () => {
  database = await cloneTemplateDatabase();
  admin = new pg.Client(database.adminUrl);
  await admin.connect();
  losses = [];
  notifications = createNotifications({
    settings: { DATABASE_PLATFORM_URL: database.platformUrl },
    onConnectionLost: (error) => losses.push(error),
  });
});
afterAll(async () => {
  await notifications.close();
  await admin.end();
  await database.drop();
});

const notify = (channel: string, payload: string) => admin.query('select pg_notify($1, $2)', [channel, payload]);

test('delivers what is sent, tells of every gap, and comes back by itself', async () => {
  const heard: string[] = [];
  let gaps = 0;
  notifications.subscribe('One "channel"', (payload) => heard.push(`1:${payload}`));
  notifications.subscribe('One "channel"', (payload) => heard.push(`2:${payload}`));
  notifications.onGap(() => {
    gaps += 1;
  });
  expect(notifications.connected).toBe(false);
  await notifications.start();
  expect(notifications.connected).toBe(true);
  expect(gaps).toBe(1);

  await notify('One "channel"', 'a');
  await until(() => heard.length === 2);
  notifications.subscribe('late', (payload) => heard.push(`late:${payload}`));
  await until(async () => {
    await notify('late', 'b');
    return heard.includes('late:b');
  });
  expect(heard.slice(0, 2)).toEqual(['1:a', '2:a']);

  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'rowhouse-notifications'",
  );
  await until(() => gaps >= 3 && notifications.connected);
  expect(losses).toHaveLength(1);
  heard.length = 0;
  await notify('One "channel"', 'c');
  await notify('late', 'd');
  await until(() => heard.length === 3);
  expect(heard).toEqual(['1:c', '2:c', 'late:d']);
});

test('goes on trying while the database is out of reach', async () => {
  const unreachable = createNotifications({
    settings: { DATABASE_PLATFORM_URL: 'postgres://nobody@127.0.0.1:1/nothing' },
    onConnectionLost: (error) => losses.push(error),
  });
  losses = [];
  await unreachable.start();
  expect(unreachable.connected).toBe(false);
  await until(() => losses.length >= 3);
  await unreachable.close();
});
