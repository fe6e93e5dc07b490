import { isDeepStrictEqual } from 'node:util';
import type { Contestant } from './contestant.ts';
import type { Workload } from './workloads.ts';

const MADE_UP = /"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"|"\d{4}-\d\d-\d\dT[\d:.]+Z"/g;
const FIRST_LINE = /^(\S+) (\S+)/;

/** What a contestant answers to a request as it goes over the wire. @throws Error for another status */
export async function answerOf({ port, name }: Contestant, request: string, expectedStatus: number): Promise<string> {
  const [head = '', body = ''] = request.split('\r\n\r\n');
  const [, method, path] = FIRST_LINE.exec(head) ?? [];
  const headers = head
    .split('\r\n')
    .slice(1)
    .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
    .filter(([header]) => !/^(host|content-length)$/i.test(header));
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body !== '' && { body }) });
  const text = await response.text();
  if (response.status !== expectedStatus) throw new Error(`${name} answers ${response.status}: ${text.slice(0, 1000)}`);
  return text;
}

/**
 * Makes sure that contestants do the same work: the same request has to have the same answer, but for what is made up anew
 * for each request that creates something.
 * @throws Error with both answers when they differ
 */
export async function assertSameAnswers(contestants: readonly Contestant[], workload: Workload): Promise<void> {
  const creates = workload.expectedStatus === 201;
  const next = workload.requests();
  const request = next().toString();
  const requestFor = (index: number) =>
    creates ? request.replace(/(Idempotency-Key: )\S+/, `$1same-answers-${index}`) : request;
  const answers = await Promise.all(
    contestants.map((contestant, index) => answerOf(contestant, requestFor(index), workload.expectedStatus)),
  );
  const comparable = answers.map((text): unknown => JSON.parse(creates ? text.replace(MADE_UP, 'null') : text));
  const differs = comparable.findIndex((answer) => !isDeepStrictEqual(answer, comparable[0]));
  if (differs !== -1)
    throw new Error(
      `${workload.name}: the answers differ\n${answers[0]?.slice(0, 2000)}\n${answers[differs]?.slice(0, 2000)}`,
    );
}
