-- What else filters read. Rows of before have neither: what they would say stands in their records alone.
ALTER TABLE logs ADD COLUMN first_token BIGINT;
ALTER TABLE logs ADD COLUMN attempts BIGINT;
