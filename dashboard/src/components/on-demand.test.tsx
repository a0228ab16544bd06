import { render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';

import { onDemand } from './on-demand';

describe('a part on demand', () => {
  it('is neither fetched nor mounted before its first use, and mounted when the use goes on', async () => {
    const load = vi.fn(async () => ({ Part: () => <p>here</p>, handle: () => document.body.textContent }));
    const part = onDemand(load);
    render(<part.Host />);
    expect(load).not.toHaveBeenCalled();
    const read = await part.use();
    expect(read()).toContain('here');
    await part.use();
    expect(load).toHaveBeenCalledTimes(1);
    expect(screen.getAllByText('here')).toHaveLength(1);
  });

  it('is fetched again after a failure', async () => {
    const load = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue({ Part: () => <p>back</p>, handle: 7 });
    const part = onDemand<number>(load);
    render(<part.Host />);
    await expect(part.use()).rejects.toThrow('away');
    expect(await part.use()).toBe(7);
  });

  it('can be fetched ahead without being mounted', async () => {
    const part = onDemand(async () => ({ Part: () => <p>ahead</p>, handle: undefined }));
    render(<part.Host />);
    part.prefetch();
    await Promise.resolve();
    expect(screen.queryByText('ahead')).toBeNull();
  });
});
