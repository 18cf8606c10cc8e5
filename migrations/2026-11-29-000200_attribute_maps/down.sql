DROP TABLE attribute_maps;
