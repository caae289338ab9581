"""Reading a network: layer table, receptive field (three ways), verdict, comparison."""
