import type { Option } from '../command.ts';

/** Options that say how an engine runs. */
export const ENGINE_OPTIONS: Readonly<Record<string, Option>> = {
  home: { type: 'string', value: 'folder', help: 'The data folder; HERMES_HOME or ~/.hermes by default' },
  config: {
    type: 'string',
    value: 'file',
    help: 'The configuration; config.json of the data folder by default',
  },
  port: {
    type: 'string',
    short: 'p',
    value: 'port',
    help: 'The port; HERMES_HTTP_PORT or 7878 by default, 0 takes a free one',
  },
  listen: {
    type: 'string',
    multiple: true,
    value: 'address',
    help: 'An IP address to listen on, instead of 127.0.0.1 and ::1; may be repeated',
  },
  metrics: {
    type: 'string',
    multiple: true,
    value: 'address',
    help: 'Serves /metrics and /healthz there, as 127.0.0.1:9464; may be repeated',
  },
  workers: {
    type: 'string',
    value: 'number',
    help: 'Threads that run modules; 0, the default, runs them in the main thread',
  },
  'print-config': { type: 'boolean', help: 'Prints the effective configuration and ends' },
};
