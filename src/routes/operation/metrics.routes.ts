import type { MetricsController } from '../../controllers/operation/metrics.controller.ts';
import { signature } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';

export interface MetricsRouteDeps {
  readonly metrics: MetricsController;
}

const endpoint = endpointsFor<MetricsRouteDeps>();

export const getMetrics = endpoint({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: "Get the process's figures",
  description: 'In the text format of Prometheus.',
  tags: ['Operation'],
  access: signature('metrics-token'),
  success: { status: 200, text: { contentType: 'text/plain; version=0.0.4; charset=utf-8' } },
  handler: ({ metrics }) => metrics.text(),
});

export const metricsEndpoints = [getMetrics] as const;
