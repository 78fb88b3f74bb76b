// Which tile of a product a block computes.
#pragma once

#include <witan/hardware.cuh>

namespace witan {

struct TilePlace {
    int row;     // number of the tile in the list of tiles of rows
    int column;  // number of the tile in its row of tiles
};

// Blocks that run at the same time should share operands in L2: bands of 8 tiles of rows, column after column within a band.
__device__ __forceinline__ TilePlace tile_place(int block, int row_tiles, int column_tiles) {
    constexpr int BAND = 8;
    const int band = block / (BAND * column_tiles);
    const int within = block % (BAND * column_tiles);
    const int height = min(BAND, row_tiles - band * BAND);
    return {band * BAND + within % height, within / height};
}

// A block's part of the result of a product that gives each row of a group as many columns.
struct Work {
    int group;
    int row;
    int rows;  // of the tile that the group has
    int column;
};

// tiles lists (group, first row) of each tile_rows rows; offsets has the first row of each group and the number of all.
__device__ __forceinline__ Work find_work(const int* offsets, const int* tiles, int tile_count, int tile_rows, int columns,
                                          int tile_columns) {
    const auto place = tile_place(blockIdx.x, tile_count, (columns + tile_columns - 1) / tile_columns);
    const int2 tile = reinterpret_cast<const int2*>(tiles)[place.row];
    return {tile.x, tile.y, min(tile_rows, offsets[tile.x + 1] - tile.y), place.column * tile_columns};
}

}  // namespace witan
