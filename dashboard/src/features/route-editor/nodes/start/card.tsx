import { useEditor } from '../../store';
import classes from '../cards.module.css';

export function StartBody() {
  const name = useEditor((state) => state.routeName);
  return (
    <code className={classes.pillCode} title={`dynamic/${name}`}>
      {`dynamic/${name}`}
    </code>
  );
}
