import type { Counter, Labels, Metrics } from '../../telemetry/metrics.ts';
import type { Gauges } from './link/protocol.ts';

type MakeCounter = (metrics: Metrics, labels: Labels) => Counter;

/** By the names that the node counts under. */
const COUNTERS: Readonly<Record<string, MakeCounter>> = {
  collected_blocks_total: (metrics) =>
    metrics.counter('hermes_ipfs_collected_blocks_total', 'Blocks removed because nothing pins them'),
  collected_bytes_total: (metrics) => metrics.counter('hermes_ipfs_collected_bytes_total', 'Their bytes'),
  unasked_blocks_total: (metrics) =>
    metrics.counter('hermes_ipfs_unasked_blocks_total', 'Blocks that a peer sent and nobody had asked for'),
  wants_refused_total: (metrics) =>
    metrics.counter(
      'hermes_ipfs_wants_refused_total',
      'Streams reset because their peer asked for too many blocks',
    ),
  messages_published_total: (metrics) =>
    metrics.counter('hermes_ipfs_messages_published_total', 'Messages that applications published'),
  messages_received_total: (metrics, labels) =>
    metrics.counter('hermes_ipfs_messages_received_total', 'Messages of other engines', labels),
  messages_dropped_total: (metrics, labels) =>
    metrics.counter(
      'hermes_ipfs_messages_dropped_total',
      'Accepted messages that nobody took in time',
      labels,
    ),
  peers_denied_total: (metrics, labels) =>
    metrics.counter('hermes_ipfs_peers_denied_total', 'Peers that this engine speaks to no more', labels),
  dht_refused_total: (metrics, labels) =>
    metrics.counter('hermes_ipfs_dht_refused_total', 'Messages of the DHT that were not answered', labels),
  providers_refused_total: (metrics) =>
    metrics.counter('hermes_ipfs_providers_refused_total', 'Claims to provide something that were not kept'),
  records_evicted_total: (metrics) =>
    metrics.counter(
      'hermes_ipfs_records_evicted_total',
      'Records of other engines that made room for others',
    ),
  records_received_total: (metrics, labels) =>
    metrics.counter('hermes_ipfs_records_received_total', 'Records that other engines brought', labels),
  records_sent_total: (metrics, labels) =>
    metrics.counter('hermes_ipfs_records_sent_total', 'Records that were brought to other engines', labels),
};

/** The names that the node may count under: a test holds the code against them. */
export const counterNames: readonly string[] = Object.keys(COUNTERS);

/** What the node counts, in the engine's metrics. A name that is not known is not counted. */
export function nodeCounts(metrics: Metrics): (name: string, labels: Labels, by: number) => void {
  return (name, labels, by) => {
    if (Object.hasOwn(COUNTERS, name)) COUNTERS[name]?.(metrics, labels).add(by);
  };
}

/** Messages that were dropped because an application was slow. */
export function droppedBy(metrics: Metrics, app: string): Counter {
  return metrics.counter('hermes_ipfs_messages_dropped_total', 'Accepted messages that nobody took in time', {
    at: 'inbox',
    app,
  });
}

export function restartsOf(metrics: Metrics): Counter {
  return metrics.counter('hermes_ipfs_restarts_total', 'Starts of the node in the place of a lost one');
}

/** `read` answers the node's gauges, all 0 while it does not run. */
export function gaugeNode(metrics: Metrics, read: () => Gauges): void {
  metrics.gauge('hermes_ipfs_running', 'Whether the node runs', () => (read().heapBytes > 0 ? 1 : 0));
  metrics.gauge('hermes_ipfs_peers', 'Connected peers', () => read().peers);
  metrics.gauge('hermes_ipfs_connections', 'Connections to them', () => read().connections);
  metrics.gauge('hermes_ipfs_denied_peers', 'Peers that are not spoken to', () => read().denied);
  metrics.gauge('hermes_ipfs_store_bytes', 'Size of the node’s database', () => read().storeBytes);
  metrics.gauge('hermes_ipfs_heap_bytes', 'Heap of the node’s thread', () => read().heapBytes);
}
