import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { simulateText as text } from '@/text/versions';

import { content } from '../model';
import panel from '../panel.module.css';
import { useEditor, useEditorStore } from '../store';
import classes from './simulate.module.css';

interface PathView {
  conditions: string[];
  steps: [node: string, output: string][];
  model: { provider: string; model: string; node: string } | null;
  end: string | null;
}

/** Every way through the flow, from the server's own compiler. */
export function AllPaths() {
  const store = useEditorStore();
  const gateway = useEditor((state) => state.gateway);
  const document = useEditor((state) => state.draft.document);
  const [settled] = useDebouncedValue(document, 400);
  const { data, isPending, error, refetch } = useQuery({
    queryKey: ['paths', gateway, JSON.stringify(content(settled))],
    queryFn: () => call(api.POST('/api/gateways/{gateway}/routes/validate', { params: { path: { gateway } }, body: content(settled) as never })),
  });
  if (isPending) return <SkeletonRows rows={4} />;
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data.route) return <Empty title={text.hasErrors} />;
  const { paths } = data.route.paths as unknown as { paths: PathView[] };
  const show = (path: PathView) =>
    store.getState().setHighlight({
      source: 'simulation',
      taken: path.steps.map(([node, output]) => ({ node, output: output || null })),
      nodes: path.steps.map(([node]) => node),
      step: null,
    });
  return (
    <div className={panel.section}>
      <p className={panel.hint}>{text.pathsHint}</p>
      <table className={classes.paths}>
        <thead>
          <tr>
            <th scope="col">{text.conditions}</th>
            <th scope="col">{text.ends}</th>
          </tr>
        </thead>
        <tbody>
          {paths.map((path, index) => (
            <tr key={index} onMouseEnter={() => show(path)} onFocus={() => show(path)}>
              <td>{path.conditions.join(', ') || text.always}</td>
              <td>
                <button type="button" className={classes.step} style={{ padding: 0, display: 'inline' }} onClick={() => show(path)}>
                  {path.model ? `${path.model.provider}/${path.model.model}` : path.end}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
