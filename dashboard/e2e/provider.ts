/** A provider whose answers do not end by themselves: nothing can come too late to stop one. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const BETWEEN_MS = 20;

export interface EndlessProvider {
  url: string;
  end: () => Promise<void>;
}

export async function startEndlessProvider(): Promise<EndlessProvider> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const piece = JSON.stringify({ id: 'endless', object: 'chat.completion.chunk', created: 0, model: 'endless', choices: [{ index: 0, delta: { content: 'on and on ' }, finish_reason: null }] });
    const pieces = setInterval(() => response.write(`data: ${piece}\n\n`), BETWEEN_MS);
    response.on('close', () => clearInterval(pieces));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
